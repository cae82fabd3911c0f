import { describe, expect, it } from 'vitest'
import { parseAllowRule } from '../../bridge/allow-rule.ts'
import { CLOSE } from '../../bridge/close-code.ts'
import { type StreamOptions, TargetPolicy } from '../../bridge/targets.ts'

/** Whether a policy with these rules dials the URL, given what its host resolves to; else the close code or error code. */
async function verdict(allow: string[], url: string, answers: string[] = []): Promise<unknown> {
  const policy = new TargetPolicy({ allow, resolveHost: async () => answers })
  try {
    return await policy.addressesOf(policy.findUrl(url))
  } catch (error) {
    return (error as { closeCode?: number }).closeCode ?? (error as { code?: string }).code
  }
}

describe('TargetPolicy', () => {
  it('is closed by default', async () => {
    expect(await verdict([], 'rtsp://10.0.0.5/')).toBe(CLOSE.notAllowed)
    expect(await verdict([], 'rtsp://cam1.example/', ['10.0.0.5'])).toBe(CLOSE.notAllowed)
  })

  it.each([
    ['10.0.0.5:554', 'rtsp://10.0.0.5/', []],
    ['10.0.0.5', 'rtsp://10.0.0.5:554/', []],
    ['10.0.0.0/8:*', 'rtsp://10.9.8.7:8554/', []],
    ['10.0.0.0/8:554', 'rtsp://cam1.example/', ['10.9.8.7']],
    ['[fd00::/8]:554', 'rtsp://[fd00::5]/', []],
    ['[fd00::5]:8554', 'rtsp://[FD00:0:0::5]:8554/', []],
    ['cam1.example:554', 'rtsp://CAM1.example/', ['192.0.2.7']],
    ['*.cams.example:554', 'rtsp://hall.cams.example/', ['192.0.2.7']],
    ['cam-*.example:554', 'rtsp://cam-7.example/', ['192.0.2.7']],
    ['*:554', 'rtsp://192.0.2.7/', []],
    ['*:554', 'rtsp://cam1.example/', ['192.0.2.7']],
    ['127.0.0.1:8554', 'rtsp://127.0.0.1:8554/', []],
    ['127.0.0.0/8:8554', 'rtsp://127.3.2.1:8554/', []],
    ['localhost:8554', 'rtsp://127.0.0.1:8554/', []],
    ['localhost:8554', 'rtsp://[::1]:8554/', []],
    ['localhost:8554', 'rtsp://localhost:8554/', ['::1', '127.0.0.1']],
    ['127.0.0.1:8554', 'rtsp://[::ffff:127.0.0.1]:8554/', []],
    ['169.254.0.0/16:554', 'rtsp://169.254.7.7/', []],
  ])('allows by %s: %s', async (rule, url, answers) => {
    expect(await verdict([rule], url, answers)).toBeInstanceOf(Array)
  })

  it.each([
    ['10.0.0.5:554', 'rtsp://10.0.0.5:8554/', []],
    ['10.0.0.5:554', 'rtsp://10.0.0.6/', []],
    ['10.0.0.0/8:554', 'rtsp://cam1.example/', ['192.0.2.7']],
    ['cam1.example:554', 'rtsp://cam2.example/', ['192.0.2.7']],
    ['*.cams.example:554', 'rtsp://cams.example/', ['192.0.2.7']],
    ['*.cams.example:554', 'rtsp://a.b.cams.example/', ['192.0.2.7']],
    ['*.cams.example:554', 'rtsp://hall.cams.example.evil.test/', ['192.0.2.7']],
    ['*.cams.example:554', 'rtsp://hallXcams.example/', ['192.0.2.7']],
  ])('%s does not allow %s', async (rule, url, answers) => {
    expect(await verdict([rule], url, answers)).toBe(CLOSE.notAllowed)
  })

  // Whoever answers for a name could point it here: neither a name nor a wide rule opens these.
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '169.254.7.7',
    '169.254.169.254',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    'fe80::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd00:ec2::254',
  ])('refuses %s unless a rule names it', async (address) => {
    const wide = ['cam1.example:554', '*.example:554', '*:554', '0.0.0.0/0:554', '[::/0]:554', '[fd00::/8]:554']
    expect(await verdict(wide, 'rtsp://cam1.example/', [address])).toBe(CLOSE.notAllowed)
    const literal = address.includes(':') ? `[${address}]` : address
    expect(await verdict(wide, `rtsp://${literal}/`)).toBe(CLOSE.notAllowed)
    expect(await verdict([`${literal}:554`], `rtsp://${literal}/`)).toBeInstanceOf(Array)
  })

  it('does not reach a metadata service by a rule for the link', async () => {
    expect(await verdict(['169.254.0.0/16:80'], 'rtsp://169.254.169.254:80/')).toBe(CLOSE.notAllowed)
  })

  it('dials only those answers of the resolver that are allowed, each in its own family', async () => {
    const answers = ['127.0.0.1', '192.0.2.7', '192.0.2.7', '2001:db8::7', 'fe80::1%eth0']
    expect(await verdict(['cam1.example'], 'rtsp://cam1.example/', answers)).toEqual(['192.0.2.7', '2001:db8::7'])
  })

  it('resolves once, and not at all where no rule could fit', async () => {
    let asked = 0
    const resolveHost = async () => [asked++ === 0 ? '192.0.2.7' : '127.0.0.1']
    const policy = new TargetPolicy({ allow: ['*.example:554'], resolveHost })
    expect(await policy.addressesOf(policy.findUrl('rtsp://cam1.example/'))).toEqual(['192.0.2.7'])
    expect(asked).toBe(1)
    expect(() => policy.findUrl('rtsp://cam1.example:80/')).toThrow('not allowed')
    expect(() => policy.findUrl('rtsp://intern.test/')).toThrow('not allowed')
    expect(asked).toBe(1)
  })

  it('tells a name that does not resolve from one that is not allowed', async () => {
    expect(await verdict(['cam1.example'], 'rtsp://cam1.example/')).toBe('host-not-found')
    const resolveHost = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    const policy = new TargetPolicy({ allow: ['cam1.example'], resolveHost })
    await expect(policy.addressesOf(policy.findUrl('rtsp://cam1.example/'))).rejects.toMatchObject({
      code: 'host-not-found',
    })
  })

  it('finds streams by name, and shows names and descriptions alone', async () => {
    const policy = new TargetPolicy({
      streams: {
        lobby: { url: 'rtsp://127.0.0.1:8554/lobby', description: 'The lobby' },
        'floor-2/door': { url: 'rtsps://10.0.0.9/x' },
      },
    })
    expect(policy.findStream('lobby')).toMatchObject({ host: '127.0.0.1', port: 8554, tls: false, label: 'lobby' })
    expect(policy.findStream('floor-2/door')).toMatchObject({ host: '10.0.0.9', port: 322, tls: true })
    expect(await policy.addressesOf(policy.findStream('lobby'))).toEqual(['127.0.0.1'])
    expect(JSON.stringify(policy.listStreams())).toBe(
      '[{"name":"lobby","description":"The lobby"},{"name":"floor-2/door"}]',
    )
    expect(() => policy.findStream('toString')).toThrow('no stream')
  })

  it('takes a URL at its own address for a stream of its own', () => {
    const policy = new TargetPolicy({ streams: { 'a/b': { url: 'rtsp://10.0.0.9/x' } } })
    expect(policy.findUrl('rtsp://127.0.0.1:8080/a/b/?x=y', '127.0.0.1:8080').label).toBe('a/b')
    expect(() => policy.findUrl('rtsp://127.0.0.1:8080/c', '127.0.0.1:8080')).toThrow('no stream')
  })

  it.each(['', 'a b', '/a', 'a//b', 'a/', '../a?', 'a\n'])('refuses %j as a name of a stream', (name) => {
    expect(() => new TargetPolicy({ streams: { [name]: { url: 'rtsp://h/' } } })).toThrow(TypeError)
  })

  it('names the stream whose address cannot be read, and not its password', () => {
    const make = () => new TargetPolicy({ streams: { lobby: { url: 'rtsp://u:hunter2@h/' } } })
    expect(make).toThrow(/"lobby"/)
    expect(make).not.toThrow(/hunter2/)
  })
})

describe('a stream of another configuration', () => {
  const lobby = { url: 'rtsps://h/live', mode: 'hub', user: 'a', password: 'b', tls: 'verify' } as const
  const isSame = (changed: Partial<StreamOptions>, before: StreamOptions = lobby) =>
    new TargetPolicy({ streams: { lobby: before } }).isSame(
      'lobby',
      new TargetPolicy({ streams: { lobby: { ...before, ...changed } } }),
    )

  it.each<Partial<StreamOptions>>([
    { url: 'rtsps://h/other' },
    { mode: 'proxy' },
    { user: 'c' },
    { password: 'c' },
    { transport: 'tcp' },
    { transport: 'http' },
    { tls: 'insecure' },
    { tls: { fingerprint: 'ab'.repeat(32) } },
  ])('is another one with %j', (changed) => {
    expect(isSame(changed)).toBe(false)
  })

  it('is the same with another description, ticket, or spelling of the fingerprint', () => {
    expect(isSame({ description: 'x' })).toBe(true)
    const edge = {
      url: 'wss://h/rtsp?stream=x',
      mode: 'hub',
      ticket: 'a.b.c',
      tls: { fingerprint: 'ab'.repeat(32) },
    } as const
    expect(isSame({ ticket: 'd.e.f' }, edge)).toBe(true)
    expect(isSame({ tls: { fingerprint: 'AB:'.repeat(31).concat('AB') } }, edge)).toBe(true)
    expect(isSame({ url: 'wss://other/rtsp?stream=x#rtsps://h:443/x' }, edge)).toBe(false)
  })
})

describe('parseAllowRule', () => {
  it.each([
    ['::1', 'brackets'],
    ['[::1', 'brackets'],
    ['', 'HOST:PORT'],
    [':554', 'HOST:PORT'],
    ['h:0', 'port'],
    ['h:70000', 'port'],
    ['h:', 'port'],
    ['h:rtsp', 'port'],
    ['10.0.0.0/33', 'range'],
    ['10.0.0.*:554', 'CIDR'],
    ['127.1:554', 'CIDR'],
    ['0x7f.1:554', 'decimal'],
    ['[cam1]:554', 'range'],
    ['rtsp://h:554', 'HOST:PORT'],
    ['a*..b:1', 'pattern'],
    ['a b:1', 'not valid'],
  ])('refuses %j and says how to write it', (text, hint) => {
    expect(() => parseAllowRule(text)).toThrow(hint)
    expect(() => parseAllowRule(text)).toThrow('Write it as')
  })
})
