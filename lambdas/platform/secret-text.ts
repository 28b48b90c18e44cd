import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** Reads secrets by name. @throws Error for one that is absent or empty */
export function secretTextFrom(client: SecretsManagerClient): (name: string) => Promise<string> {
  return async (name) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }))
    if (!SecretString) throw new Error(`The secret ${name} is empty.`)
    return SecretString
  }
}
