import { describe, expect, it } from 'vitest'
import { hostOf, redact } from '../../../../web/controls/doctor/redaction.ts'

const clean = (text: string, knownHosts: string[] = [], secrets: string[] = []) => redact(text, { knownHosts, secrets })

describe('what is secret', () => {
  it.each([
    ['rtsp://admin:p@ss/w@10.0.0.7:554/live', 'a password with @ and /'],
    ['rtsp://admin:hunter2@cam.local/live', 'a password'],
    ['wss://cam.local/rtsp?access_token=hunter2&stream=x', 'a query'],
    ['access_token=hunter2', 'a ticket of a query alone'],
    ['Authorization: Bearer hunter2', 'a header'],
    ['Authorization: Digest username="admin", response="hunter2"', 'a header of several parts'],
    ['it was hunter2, they said', 'the ticket wherever it stands'],
    ['eyJhbGciOiJIUzI1NiJ9.hunter2.sig', 'a token that looks like one'],
  ])('goes from %j: %s', (text) => {
    const told = clean(text, [], ['hunter2'])
    expect(told).not.toMatch(/hunter2|p@|ss\/|w@|admin/)
  })

  it('goes as it stands in addresses, too', () => {
    expect(clean('wss://x/rtsp#a%2Fb%3Dc%26d', ['x'], ['a/b=c&d'])).not.toContain('a%2Fb')
  })

  it('is not taken for more than it is: short tickets leave the text alone', () => {
    expect(clean('all is well', [], ['', 'l'])).toBe('all is well')
  })
})

describe('machines', () => {
  it('that the page does not name are nobody’s business', () => {
    expect(clean('the bridge could not reach rtsp://10.0.0.7:554/live')).toBe(
      'the bridge could not reach rtsp://…:554/live',
    )
    expect(clean('10.0.0.7 refused')).toBe('… refused')
  })

  it('that the page names are told, without their passwords', () => {
    expect(clean('rtsp://u:p@cam.example:554/live?x=1', ['CAM.example'])).toBe('rtsp://cam.example:554/live?…')
    expect(clean('127.0.0.1 refused', ['127.0.0.1'])).toBe('127.0.0.1 refused')
  })

  it('are not versions of browsers', () => {
    const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/148.0.0.0 Safari/537.36'
    expect(clean(agent)).toBe(agent)
  })

  it.each([
    ['rtsp://u:p@cam.example:554/live', 'cam.example'],
    ['wss://[fe80::1]:80/x', '[fe80::1]'],
    ['lobby', ''],
    ['', ''],
  ])('%j is on %j', (address, host) => {
    expect(hostOf(address)).toBe(host)
  })
})

it('takes time in proportion to the text, whatever is in it', () => {
  const time = (length: number): number => {
    const text = 'rtsp://@@@@@:'.repeat(length)
    const from = performance.now()
    clean(text)
    return performance.now() - from
  }
  time(1_000)
  const [short, long] = [time(2_000), time(20_000)]
  expect(long).toBeLessThan(Math.max(100, short * 40))
})
