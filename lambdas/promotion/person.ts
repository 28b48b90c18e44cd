/** Names of users and roles differ in more than letter case within an account, whatever their paths are. */
const user = /^arn:(aws[\w-]*):iam::(\d+):user\/(?:[^:]*\/)?([\w+=,.@-]+)$/
const root = /^arn:(aws[\w-]*):iam::(\d+):root$/
const session = /^arn:(aws[\w-]*):sts::(\d+):assumed-role\/([\w+=,.@-]+)\/([\w+=,.@-]+)$/

/** How Identity Center names its role of a permission set, in each account: by that and 16 hexadecimal digits. */
const identityCenterRole = /^AWSReservedSSO_[\w+=,.@-]{1,32}_[0-9a-f]{16}$/

/**
 * Which person the ARN of a request's identity stands for, as a key to compare; `undefined` where it does not say.
 *
 * - A user of IAM is itself, and so is an account's root.
 * - A session of a role is the role: whoever assumes it chooses the session's name.
 * - A session of a role of IAM Identity Center is the user of Identity Center, whatever the permission set and the
 *   account: there the session's name is given, and only Identity Center may assume or change such a role.
 * - A federated user may be anybody: who calls `GetFederationToken` chooses the name, and the ARN does not say who did.
 * - Anything else may be anybody, too.
 *
 * Sources: `RoleSessionName` of `AssumeRole` and `Name` of `GetFederationToken` in AWS's reference of STS; "IAM roles
 * created by IAM Identity Center" in the latter's user guide.
 */
export function personOf(arn: string): string | undefined {
  const [, ofUser, account, name] = user.exec(arn) ?? []
  if (name !== undefined) return keyOf(ofUser, account, 'user', name)
  const [, ofRoot, rootAccount] = root.exec(arn) ?? []
  if (rootAccount !== undefined) return keyOf(ofRoot, rootAccount, 'root')
  const [, ofRole, roleAccount, role, sessionName] = session.exec(arn) ?? []
  if (role === undefined) return undefined
  return identityCenterRole.test(role)
    ? keyOf(ofRole, 'identity-center', sessionName)
    : keyOf(ofRole, roleAccount, 'role', role)
}

/** Whether two identities are shown to be two people: with any doubt about one of them they are not. */
export function areTwoPeople(one: string, other: string): boolean {
  const [left, right] = [personOf(one), personOf(other)]
  return left !== undefined && right !== undefined && left !== right
}

/** Whether two identities are shown to be one person. Of those of which nobody knows who they are, only the same one. */
export function isSamePerson(one: string, other: string): boolean {
  const person = personOf(one)
  return one === other || (person !== undefined && person === personOf(other))
}

function keyOf(...parts: readonly (string | undefined)[]): string {
  return parts.join(':').toLowerCase()
}
