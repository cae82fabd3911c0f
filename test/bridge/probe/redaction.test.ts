import { describe, expect, it } from 'vitest'
import { createRedaction } from '../../../bridge/probe/redaction.ts'

describe('redaction', () => {
  const redact = createRedaction({ username: 'admin', password: 'pa/ss' })

  it.each([
    ['the password', 'welcome pa/ss!', 'welcome ***!'],
    ['the password as addresses have it', '/live?p=pa%2Fss', '/live?p=***'],
    ['what Basic sends', 'Basic YWRtaW46cGEvc3M=', 'Basic ***'],
    ['user and password of any address', 'rtsp://root:other@10.0.0.1/a', 'rtsp://***@10.0.0.1/a'],
    ['a password in a query', '/live?user=a&password=other&x=1', '/live?user=a&password=***&x=1'],
    ['a password in a path', '/user=a&PWD=other&channel=1.sdp', '/user=a&PWD=***&channel=1.sdp'],
    ['what would speak to the terminal', 'a\u001b[31mb\u009b1mc\r\nd', 'a [31mb 1mc d'],
  ])('takes out %s', (_, text, shown) => {
    expect(redact(text)).toBe(shown)
  })

  it('leaves the rest as it is', () => {
    const text = 'rtsp://10.0.0.1/live/trackID=1?ctype=video'
    expect(redact(text)).toBe(text)
    expect(createRedaction(undefined)(text)).toBe(text)
  })

  it('does not give away a password of a letter or two by taking it out of every word', () => {
    expect(createRedaction({ username: 'a', password: 'i' })('live')).toBe('live')
  })

  it('bounds what a server may fill the screen with', () => {
    expect(redact('x'.repeat(100_000)).length).toBeLessThan(3_000)
  })
})
