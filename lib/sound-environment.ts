import type { EnvironmentConfig } from '../config/environments.ts'

/** Throws a sentence for what a deployment would accept and only a later run would stumble over. */
export function requireSoundEnvironment(config: EnvironmentConfig): void {
  const { timeZone, region, alerts } = config
  if (!isTimeZone(timeZone)) {
    throw new Error(`timeZone is "${timeZone}"; give an IANA name such as Asia/Seoul.`)
  }
  if (!/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) {
    throw new Error(`region is "${region}"; regions look like ap-northeast-2.`)
  }
  for (const email of alerts.emails) {
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
      throw new Error(`alerts.emails holds "${email}", which is no address.`)
    }
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
