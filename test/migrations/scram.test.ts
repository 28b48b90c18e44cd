import { describe, expect, it } from 'vitest'
import { scramVerifier } from '../../lambdas/migrations/scram.ts'

describe('the verifier of a password', () => {
  it('is the one that PostgreSQL itself makes', () => {
    // select rolpassword from pg_authid, after: create role r password 'pencil' with PostgreSQL 17 and this salt,
    // which is that of RFC 7677's example; its keys follow from the proof in that RFC.
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
    expect(scramVerifier('pencil', salt)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    )
  })

  it('holds no trace of the password', () => {
    expect(scramVerifier('pencil', Buffer.alloc(16))).not.toContain('pencil')
  })
})
