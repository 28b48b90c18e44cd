import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../lambdas/promotion/decide.ts'
import type { LedgerEntry } from '../../lambdas/promotion/entry.ts'
import { findGuarded } from '../../lambdas/promotion/guarded.ts'
import { areTwoPeople, isSamePerson } from '../../lambdas/promotion/person.ts'
import { approveVersion } from '../../lambdas/promotion/approve-version.ts'
import { evidenceOf, openGate, workload } from './mlflow/gate.ts'

const account = '123456789012'
const user = (path: string): string => `arn:aws:iam::${account}:user/${path}`
const session = (path: string): string => `arn:aws:sts::${account}:assumed-role/${path}`
const identityCenter = (set: string, name: string): string =>
  session(`AWSReservedSSO_${set}_0123456789abcdef/${name}`)

describe('two people are', () => {
  it.each([
    ['two users', user('kim'), user('lee')],
    ['users of the same name in two accounts', user('kim'), 'arn:aws:iam::1:user/kim'],
    ['sessions of two roles', session('scientist/x'), session('reviewer/x')],
    ['a user and a role of the same name', user('kim'), session('kim/kim')],
    ['a user and the root of the account', user('root'), `arn:aws:iam::${account}:root`],
    [
      'two users of Identity Center with one permission set',
      identityCenter('Data', 'kim@townin.kr'),
      identityCenter('Data', 'lee@townin.kr'),
    ],
    [
      'two users of Identity Center in China',
      'arn:aws-cn:sts::1:assumed-role/AWSReservedSSO_Data_0123456789abcdef/kim',
      'arn:aws-cn:sts::1:assumed-role/AWSReservedSSO_Data_0123456789abcdef/lee',
    ],
    ['users in GovCloud', 'arn:aws-us-gov:iam::1:user/kim', 'arn:aws-us-gov:iam::1:user/lee'],
  ])('%s', (_, one, other) => {
    expect(areTwoPeople(one, other)).toBe(true)
    expect(areTwoPeople(other, one)).toBe(true)
    expect(isSamePerson(one, other)).toBe(false)
  })
})

describe('one person is', () => {
  it.each([
    ['a user, whatever the letter case and the path', user('team/a/Kim'), user('kim')],
    ['a role, whatever the session is called', session('scientist/kim'), session('Scientist/lee')],
    [
      'a role in GovCloud',
      'arn:aws-us-gov:sts::1:assumed-role/r/kim',
      'arn:aws-us-gov:sts::1:assumed-role/r/lee',
    ],
    [
      'a role in China',
      'arn:aws-cn:sts::1:assumed-role/r/kim',
      'arn:aws-cn:sts::1:assumed-role/r/b',
    ],
    [
      'a user of Identity Center, whatever the permission set and the account',
      identityCenter('Data_1', 'kim@townin.kr'),
      'arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_fedcba9876543210/Kim@townin.kr',
    ],
    [
      'a role that is only called like those of Identity Center',
      session('AWSReservedSSO_Data/kim'),
      session('AWSReservedSSO_Data/lee'),
    ],
    [
      'a role whose name goes on behind that of Identity Center’s',
      session('AWSReservedSSO_Data_0123456789abcdefg/kim'),
      session('AWSReservedSSO_Data_0123456789abcdefg/lee'),
    ],
  ])('%s', (_, one, other) => {
    expect(isSamePerson(one, other)).toBe(true)
    expect(areTwoPeople(one, other)).toBe(false)
  })
})

const strange = [
  `arn:aws:sts::${account}:federated-user/lee`,
  `arn:aws:sts::${account}:federated-user/park`,
  `arn:aws:iam::${account}:role/scientist`,
  `arn:aws:sts::${account}:assumed-role/scientist`,
  `arn:aws:sts::${account}:assumed-role/scientist/kim/more`,
  `${user('lee')}\n`,
  ` ${user('lee')}`,
  user(''),
  `arn:aws:iam::${account}:user/a:b/lee`,
  'arn:aws:iam:::user/lee',
  'arn:AWS:iam::1:user/lee',
  'lee',
  'unknown',
  '',
]

describe('who may be anybody', () => {
  it.each(strange)('(%j) is nobody else than anybody, and itself', (identity) => {
    for (const other of [user('kim'), session('scientist/kim'), ...strange]) {
      expect(areTwoPeople(identity, other)).toBe(false)
      expect(areTwoPeople(other, identity)).toBe(false)
      expect(isSamePerson(identity, other)).toBe(identity === other)
    }
  })
})

/** Whether a version that lacks nothing else is promoted. */
function isPromoted(requester: string, ...approvers: string[]): boolean {
  const approval = { needed: true, given: approvers.map((by) => ({ by, at: '' })) }
  return decide(evidenceOf('fraud-detector', 1, 1, { requester, approval })).promoted
}

const name = fc.stringMatching(/^[\w+=,.@-]{1,64}$/)
const partition = fc.constantFrom('aws', 'aws-cn', 'aws-us-gov')
const number = fc.stringMatching(/^\d{12}$/)

describe('an approval', () => {
  it('of somebody else counts, also among those that do not', () => {
    expect(isPromoted(user('kim'), session('reviewer/x'))).toBe(true)
    expect(isPromoted(session('a/x'), session('a/y'), 'strange', user('lee'))).toBe(true)
  })

  it('of another session of the requester’s role never counts, whatever the sessions are called', () => {
    const ordinary = fc.oneof(
      name,
      name.map((text) => `AWSReservedSSO_${text}`.slice(0, 64)),
    )
    fc.assert(
      fc.property(
        partition,
        number,
        ordinary,
        fc.array(name, { minLength: 2 }),
        (of, at, role, all) => {
          fc.pre(!/^AWSReservedSSO_.{1,32}_[0-9a-f]{16}$/.test(role))
          const [requester = '', ...approvers] = all.map(
            (each) => `arn:${of}:sts::${at}:assumed-role/${role}/${each}`,
          )
          expect(isPromoted(requester, ...approvers)).toBe(false)
        },
      ),
    )
  })

  it('of whoever may be anybody never counts, and is of no use to them', () => {
    const known = fc.oneof(
      name.map(user),
      name.map((text) => session(`role/${text}`)),
    )
    const unknown = fc.oneof(
      fc.string(),
      fc.constantFrom(...strange),
      name.map((text) => `arn:aws:sts::${account}:federated-user/${text}`),
    )
    fc.assert(
      fc.property(known, unknown, (one, other) => {
        expect(isPromoted(one, other)).toBe(false)
        expect(isPromoted(other, one)).toBe(false)
      }),
    )
  })

  it('that does not count is said to, with what to do', () => {
    const condition = decide(
      evidenceOf('fraud-detector', 1, 1, {
        requester: strange[0]!,
        approval: { needed: true, given: [{ by: user('kim'), at: '' }] },
      }),
    ).conditions.find(({ passed }) => !passed)
    expect(condition?.finding).toMatch(/as far as identities tell people apart/)
    expect(condition?.remedy).toMatch(/federated-user\/lee may be anybody.*IAM Identity Center/)
  })

  it('given again under another name of the session is the first one, and by who may be anybody is none', async () => {
    const gate = openGate()
    const guarded = findGuarded([workload], 'fraud-detector')!
    const approve = async (approver: string): Promise<LedgerEntry> =>
      approveVersion({ guarded, version: 1, approver, reason: 'seen' }, gate.ports)
    const first = await approve(session('reviewer/kim'))
    expect(await approve(session('reviewer/lee'))).toEqual(first)
    expect(first.actor).toBe(session('reviewer/kim'))
    expect((await approve(user('lee'))).sequence).not.toBe(first.sequence)
    expect(gate.entries).toHaveLength(2)
    await expect(approve(strange[0]!)).rejects.toMatchObject({ status: 403 })
    expect(gate.entries).toHaveLength(2)
  })
})
