import { describe, expect, it } from 'vitest'
import { formatSession, parseSession } from '../../../../protocol/rtsp/headers/session.ts'

describe('a Session header', () => {
  it.each([
    ['12345678', { id: '12345678', timeout: 60 }],
    ['123;timeout=30', { id: '123', timeout: 30 }],
    ['123 ; Timeout = 90 ;x', { id: '123', timeout: 90 }],
    ['123;x=y;timeout=soon', { id: '123', timeout: 60 }],
    ['123;timeout=0', { id: '123', timeout: 60 }],
    ['123, timeout=30', { id: '123', timeout: 30 }],
    ['123;timeout=2147483647', { id: '123', timeout: 3600 }],
  ])('is read: %s', (text, session) => {
    expect(parseSession(text)).toEqual(session)
  })

  it('is absent where there is no id', () => {
    expect(parseSession('')).toBeNull()
    expect(parseSession(';timeout=30')).toBeNull()
  })

  it('is written as it is read', () => {
    expect(parseSession(formatSession({ id: 'a.b', timeout: 12 }))).toEqual({ id: 'a.b', timeout: 12 })
  })
})
