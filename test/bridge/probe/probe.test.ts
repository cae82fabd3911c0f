import { afterEach, describe, expect, it, vi } from 'vitest'
import { type ProbeOptions, probe } from '../../../bridge/probe/probe.ts'
import type { ProbeReport } from '../../../bridge/probe/report.ts'
import { formatReport } from '../../../bridge/probe/text-report.ts'
import { type ScriptedRtspListener, startScriptedRtspListener } from '../../support/scripted-rtsp-listener.ts'
import type { Script, ScriptedRtspServer } from '../../support/scripted-rtsp-server.ts'
import { refusedPort, startScriptedServer } from '../../support/scripted-server.ts'
import { TEST_CERTIFICATE, TEST_KEY } from '../../support/test-certificate.ts'
import { type CameraOptions, camera, SDP, sendPictures } from './scripted-camera.ts'

// The certificate of the tests is for a name that no name server knows.
vi.mock('node:dns/promises', async (original) => {
  const dns = await original<typeof import('node:dns/promises')>()
  const lookup = (host: string, options: object) =>
    host === 'camera.test' ? Promise.resolve([{ address: '127.0.0.1', family: 4 }]) : dns.lookup(host, options)
  return { ...dns, lookup }
})

const closing: (() => Promise<void>)[] = []
afterEach(() => Promise.all(closing.splice(0).map((close) => close())))

const FAST: ProbeOptions = { seconds: 0.05, timeout: 2_000 }

async function listen(
  script: (connection: ScriptedRtspServer) => Script,
  options: Parameters<typeof startScriptedRtspListener>[1] = {},
): Promise<ScriptedRtspListener> {
  const server = await startScriptedRtspListener(script, options)
  closing.push(() => server.close())
  return server
}

/** Probes a camera that is well behaved but for these options. */
async function probeCamera(options: CameraOptions = {}, probing: ProbeOptions = {}) {
  const server = await listen(camera(options))
  const report = await probe(`rtsp://127.0.0.1:${server.port}/live`, { ...FAST, ...probing })
  return { report, server, base: `rtsp://127.0.0.1:${server.port}/live` }
}

const adviceIds = (report: ProbeReport) => report.advice.map((advice) => advice.id)

describe('a probe of a camera that plays', () => {
  it('tells the connection, the server and that it plays', async () => {
    const { report, server, base } = await probeCamera()
    expect(report).toMatchObject({
      version: 1,
      url: base,
      playable: true,
      error: null,
      reachability: { host: '127.0.0.1', port: server.port, addresses: ['127.0.0.1'], address: '127.0.0.1' },
      tls: null,
      authentication: { offered: [], used: null },
      server: {
        software: 'Acme/1.0',
        rtspVersion: '1.0',
        methods: ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN'],
        sessionTimeoutSeconds: 30,
        streamName: 'Front door',
        redirectedTo: null,
      },
      playback: { interrupted: null },
    })
    expect(report.playback?.firstPictureMilliseconds).toBeGreaterThanOrEqual(0)
  })

  it('names every track, also those that are not played', async () => {
    const { report, base } = await probeCamera()
    expect(
      report.tracks.map(({ media, codec, control, clockRate, direction }) => ({
        media,
        codec,
        control,
        clockRate,
        direction,
      })),
    ).toEqual([
      { media: 'video', codec: 'H264', control: `${base}/trackID=1`, clockRate: 90_000, direction: 'recvonly' },
      { media: 'audio', codec: 'PCMA', control: `${base}/trackID=2`, clockRate: 8000, direction: 'recvonly' },
      {
        media: 'application',
        codec: 'VND.ONVIF.METADATA',
        control: `${base}/trackID=3`,
        clockRate: 90_000,
        direction: 'recvonly',
      },
      { media: 'audio', codec: 'PCMU', control: `${base}/trackID=4`, clockRate: 8000, direction: 'sendonly' },
    ])
    expect(report.tracks.slice(1).every((track) => track.reason !== null && track.measured === null)).toBe(true)
  })

  it('sets up the very URLs that it names', async () => {
    const { report, server } = await probeCamera()
    const setUp = server.connections[0]?.requests.filter((request) => request.method === 'SETUP')
    expect(setUp?.map((request) => request.uri)).toEqual(
      report.tracks.filter((track) => track.playable).map((track) => track.control),
    )
  })

  it('measures what is played', async () => {
    const { report } = await probeCamera()
    expect(report.tracks[0]).toMatchObject({
      codecString: 'avc1.42C00C',
      profile: 'Constrained Baseline',
      level: '1.2',
      width: 320,
      height: 240,
      playable: true,
      reason: null,
      measured: {
        packets: 32,
        lost: 0,
        timestampJumps: 0,
        pictures: { keyframes: 3, frameRate: 25, keyframeIntervalSeconds: 0.4, bFrames: false },
      },
    })
  })

  it('tells how much was lost, and what to do about it', async () => {
    const { report } = await probeCamera({ media: (to) => sendPictures(to, { loseEvery: 17 }) })
    expect(report.tracks[0]?.measured).toMatchObject({ lost: 2, lostPercent: 6.25 })
    expect(adviceIds(report)[0]).toBe('loss')
  })

  it('ends with TEARDOWN', async () => {
    const { server } = await probeCamera()
    expect(server.connections[0]?.methods.at(-1)).toBe('TEARDOWN')
  })

  it('lists what was tolerated, with its count', async () => {
    const { report } = await probeCamera({
      answers: { SETUP: { headers: { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' } } },
    })
    expect(report.playable).toBe(true)
    expect(report.deviations).toContainEqual({
      id: 'session-missing',
      description: 'SETUP was answered without a Session',
      count: expect.any(Number),
    })
    expect(adviceIds(report)).toContain('deviations')
  })

  it('follows to another server, and tells where', async () => {
    const moved = await listen(camera())
    const target = `rtsp://127.0.0.1:${moved.port}/live`
    const { report } = await probeCamera({ answers: { DESCRIBE: { status: 302, headers: { Location: target } } } })
    expect(report).toMatchObject({ playable: true, server: { redirectedTo: target } })
    expect(report.reachability?.port).toBe(moved.port)
    expect(report.tracks[0]?.control).toBe(`${target}/trackID=1`)
  })
})

describe('a probe that fails', () => {
  it('after DESCRIBE still lists the tracks, and says why (461)', async () => {
    const { report } = await probeCamera({ answers: { SETUP: { status: 461 } } })
    expect(report).toMatchObject({
      playable: false,
      error: { code: 'unsupported-transport', place: { method: 'SETUP', status: 461 } },
      playback: null,
    })
    expect(report.tracks.map((track) => track.codec)).toEqual(['H264', 'PCMA', 'VND.ONVIF.METADATA', 'PCMU'])
    expect(report.tracks[0]).toMatchObject({ playable: true, measured: null, reason: report.error?.message })
  })

  it('at PLAY says so', async () => {
    const { report } = await probeCamera({ answers: { PLAY: { status: 453 } } })
    expect(report).toMatchObject({ playable: false, error: { code: 'not-enough-bandwidth' } })
    expect(report.tracks).toHaveLength(4)
  })

  it('says that nothing can be played, and what there was', async () => {
    const body = 'v=0\r\nm=video 0 RTP/AVP 31\r\na=control:t\r\n'
    const { report } = await probeCamera({ answers: { DESCRIBE: { body } } })
    expect(report).toMatchObject({
      playable: false,
      error: { code: 'no-playable-track' },
      tracks: [{ media: 'video', codec: 'H261', clockRate: 90_000, playable: false, browsers: { chromium: 'none' } }],
    })
  })

  it('names the tracks of an SDP that was announced longer than it is', async () => {
    const sdp = 'v=0\r\nm=video 0 RTP/AVP 31\r\na=control:t\r\n'
    const server = await listen((connection) => (request, index) => {
      if (request.method !== 'DESCRIBE') return camera()(connection)(request, index)
      return `RTSP/1.0 200 OK\r\nCSeq: ${request.headers.get('CSeq')}\r\nContent-Length: ${sdp.length + 9}\r\n\r\n${sdp}`
    })
    const report = await probe(`rtsp://127.0.0.1:${server.port}/live`, { ...FAST, timeout: 5_000 })
    expect(report.error?.code).toBe('no-playable-track')
    expect(report.tracks.map((track) => track.codec)).toEqual(['H261'])
  })

  it('says that nothing came', async () => {
    const { report } = await probeCamera({ media: () => undefined }, { timeout: 200 })
    expect(report).toMatchObject({ playable: false, error: { code: 'no-media' } })
    expect(report.error?.message).toContain('sent nothing')
  })

  it('says that packets came, but no keyframe', async () => {
    const media = (to: ScriptedRtspServer) => sendPictures(to, { keyframeEvery: Number.POSITIVE_INFINITY, pictures: 3 })
    // Without its beginning the stream has no parameter sets either.
    const { report } = await probeCamera(
      {
        media: (to) =>
          media({
            sendFrame: (channel, packet) => packet[12] !== 0x65 && to.sendFrame(channel, packet),
          } as ScriptedRtspServer),
      },
      { timeout: 200 },
    )
    expect(report).toMatchObject({ playable: false, error: { code: 'no-media' } })
    expect(report.error?.message).toMatch(/^4 packets came .* no picture that a decoder could begin with/)
    expect(report.tracks[0]?.measured).toMatchObject({ packets: 4, pictures: null })
  })

  it('says that the stream broke off while it was watched', async () => {
    const { report } = await probeCamera(
      {
        media: (to) => {
          sendPictures(to)
          setTimeout(() => to.hangUp(), 50)
        },
      },
      { seconds: 30 },
    )
    expect(report).toMatchObject({
      playable: true,
      error: null,
      playback: { interrupted: { code: 'connection-lost' } },
    })
    expect(adviceIds(report)).toContain('interrupted')
  })

  it.each([
    ['404 Not Found', { status: 404 }, 'not-found'],
    ['a server error', { status: 500 }, 'server-error'],
    ['an SDP without media', { body: 'v=0\r\ns=-\r\n' }, 'sdp-syntax'],
  ])('because of %s has no tracks', async (_, DESCRIBE, code) => {
    const { report } = await probeCamera({ answers: { DESCRIBE } })
    expect(report).toMatchObject({ playable: false, error: { code }, tracks: [], playback: null })
    expect(report.advice[0]).toEqual({ id: code, text: report.error?.advice })
  })

  it('because of silence ends in time', async () => {
    const { report } = await probeCamera({ answers: { OPTIONS: null, DESCRIBE: null } }, { timeout: 150 })
    expect(report).toMatchObject({ playable: false, error: { code: 'request-timeout' }, tracks: [] })
  })

  it('because each answer takes its time ends in time all the same', async () => {
    const trickle =
      (connection: ScriptedRtspServer): Script =>
      (request) => {
        const timer = setInterval(() => connection.send('RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n'), 50)
        closing.push(async () => clearInterval(timer))
        return request.method === 'NEVER' ? {} : null
      }
    const server = await listen(trickle)
    const started = performance.now()
    const report = await probe(`rtsp://127.0.0.1:${server.port}/`, { seconds: 0, timeout: 300 })
    expect(report.error?.code).toBe('request-timeout')
    expect(performance.now() - started).toBeLessThan(5 * 300 + 2_000)
  })

  it.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a greeting of SSH', 'SSH-2.0-OpenSSH_9.2p1\r\n'],
    ['binary data', '\x00\x01\x02\x15\x03\x01\x00\x02\x02\x46'],
  ])('because the port speaks %s says that it is not RTSP', async (_, greeting) => {
    const server = await startScriptedServer({ onConnection: (socket) => socket.write(greeting, 'latin1') })
    closing.push(() => server.close())
    const report = await probe(`rtsp://127.0.0.1:${server.port}/`, { ...FAST, timeout: 200 })
    expect(report).toMatchObject({ playable: false, error: { code: 'not-rtsp' }, tracks: [] })
  })

  it('because nobody listens says that it was refused', async () => {
    const port = await refusedPort()
    const report = await probe(`rtsp://127.0.0.1:${port}/`, FAST)
    expect(report).toMatchObject({
      playable: false,
      error: { code: 'connection-refused' },
      reachability: { port, address: null, connectMilliseconds: null },
      tracks: [],
    })
  })

  it('because the name does not exist says so', async () => {
    const report = await probe('rtsp://camera.invalid/', FAST)
    expect(report).toMatchObject({
      playable: false,
      error: { code: 'host-not-found' },
      reachability: { host: 'camera.invalid', port: 554, addresses: [] },
    })
  })

  it.each(['http://camera/', '', 'rtsp://', 'camera', 'rtsp://host:99999/'])(
    'because the address is %j repeats nothing of it',
    async (url) => {
      const report = await probe(url, FAST)
      expect(report).toMatchObject({ playable: false, url: null, error: { code: 'invalid-url' }, tracks: [] })
    },
  )

  it('when it is stopped tells what it knows, after TEARDOWN', async () => {
    const abort = new AbortController()
    const server = await listen(camera({ media: () => abort.abort() }))
    const report = await probe(`rtsp://127.0.0.1:${server.port}/live`, { ...FAST, signal: abort.signal })
    expect(report).toMatchObject({ playable: false, error: { code: 'aborted' } })
    expect(report.tracks).toHaveLength(4)
    expect(server.connections[0]?.methods.at(-1)).toBe('TEARDOWN')
  })

  it('when it is stopped while it watches says that the camera plays', async () => {
    const abort = new AbortController()
    const server = await listen(camera())
    const report = probe(`rtsp://127.0.0.1:${server.port}/live`, { seconds: 60, signal: abort.signal })
    await vi.waitFor(() => expect(server.connections[0]?.methods).toContain('PLAY'))
    setTimeout(() => abort.abort(), 200)
    expect(await report).toMatchObject({ playable: true, error: null, playback: { interrupted: null } })
    expect(server.connections[0]?.methods.at(-1)).toBe('TEARDOWN')
  })

  it('when it was stopped before it began dials nobody', async () => {
    const server = await listen(camera())
    const report = await probe(`rtsp://127.0.0.1:${server.port}/`, { ...FAST, signal: AbortSignal.abort() })
    expect(report.error?.code).toBe('aborted')
    expect(server.connections).toEqual([])
  })
})

describe('over TLS, a probe', () => {
  const tls = { cert: TEST_CERTIFICATE, key: TEST_KEY }

  it('tells the certificate that it does not trust, and sends nothing', async () => {
    const server = await listen(camera(), { tls })
    const report = await probe(`rtsps://127.0.0.1:${server.port}/live`, FAST)
    expect(report).toMatchObject({
      playable: false,
      error: { code: 'tls-failed' },
      tls: {
        protocol: 'TLSv1.3',
        verified: false,
        problem: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        certificate: { subject: 'CN=camera.test', issuer: 'CN=camera.test', names: 'DNS:camera.test' },
      },
      tracks: [],
    })
    expect(report.tls?.certificate?.daysLeft).toBeGreaterThan(10_000)
    expect(report.tls?.certificate?.validTo).toMatch(/^2126-10-29T/)
    expect(adviceIds(report)).toEqual(['tls-failed', 'certificate-untrusted'])
    expect(server.connections.flatMap((connection) => connection.requests)).toEqual([])
  })

  it('tells the version and the certificate where it is trusted', async () => {
    const server = await listen(camera(), { tls })
    const report = await probe(`rtsps://camera.test:${server.port}/live`, { ...FAST, ca: TEST_CERTIFICATE })
    expect(report).toMatchObject({
      playable: true,
      reachability: { host: 'camera.test', addresses: ['127.0.0.1'], address: '127.0.0.1' },
      tls: { protocol: 'TLSv1.3', verified: true, problem: null, certificate: { subject: 'CN=camera.test' } },
    })
    expect(adviceIds(report)).not.toContain('certificate-untrusted')
  })

  it('tells a certificate that is for another name', async () => {
    const server = await listen(camera(), { tls })
    const report = await probe(`rtsps://localhost:${server.port}/live`, { ...FAST, ca: TEST_CERTIFICATE })
    expect(report.tls).toMatchObject({ verified: false, problem: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  })

  it('says that the port does not speak it', async () => {
    const server = await listen(camera())
    const report = await probe(`rtsps://127.0.0.1:${server.port}/live`, { ...FAST, timeout: 300 })
    expect(report).toMatchObject({
      playable: false,
      error: { code: expect.stringMatching(/^connection-(lost|timeout)$/) },
    })
    expect(report.tls?.certificate ?? null).toBeNull()
  })
})

describe('of a password, a probe', () => {
  const SECRET = 's3cr3t+/@:x'
  const ESCAPED = encodeURIComponent(SECRET)
  const challenge = { 'WWW-Authenticate': ['Digest realm="cam", nonce="n1"', 'Basic realm="cam"'] }
  /** Says everything that it was told: the worst of servers. */
  const chatty =
    (accept: (authorization: string) => boolean) =>
    (connection: ScriptedRtspServer): Script =>
    (request, index) => {
      const authorization = request.headers.get('Authorization')
      if (!authorization || !accept(authorization)) return { status: 401, headers: challenge }
      const sdp = SDP.replace('Front door', `Front ${SECRET} \u001b[31m ${authorization}`)
        .replace('trackID=1', `rtsp://viewer:${ESCAPED}@127.0.0.1/live?user=viewer&password=${ESCAPED}`)
        .replace('H264/90000', `H264/90000\r\na=lang:${SECRET}`)
      return camera({
        answers: {
          OPTIONS: { headers: { Server: `Acme ${SECRET} ${authorization}`, Public: `DESCRIBE, ${SECRET}` } },
          DESCRIBE: { headers: { 'Content-Base': `rtsp://viewer:${ESCAPED}@127.0.0.1/live/` }, body: sdp },
        },
      })(connection)(request, index)
    }

  const everything = (report: ProbeReport) =>
    JSON.stringify(report) + formatReport(report, { colours: false }) + formatReport(report, { colours: true })

  it.each([
    ['in the address', (port: number) => `rtsp://viewer:${ESCAPED}@127.0.0.1:${port}/live`, {}],
    [
      'beside it, and in the query',
      (port: number) => `rtsp://127.0.0.1:${port}/live?user=viewer&password=${ESCAPED}`,
      { credentials: { username: 'viewer', password: SECRET } },
    ],
  ])('%s prints nothing, whatever the server repeats', async (_, url, options) => {
    const server = await listen(chatty(() => true))
    const report = await probe(url(server.port), { ...FAST, ...options })
    expect(report.playable).toBe(true)
    expect(report.authentication).toEqual({ offered: ['Digest MD5', 'Basic'], used: 'Digest MD5' })
    const printed = everything(report)
    for (const form of [SECRET, ESCAPED, Buffer.from(`viewer:${SECRET}`).toString('base64'), 'password=s']) {
      expect(printed).not.toContain(form)
    }
    expect(report.server.software).toContain('Acme ***')
    expect(report.server.streamName).not.toContain('\u001b')
  })

  it('that is wrong says so, and tries it once', async () => {
    const server = await listen(chatty(() => false))
    const report = await probe(`rtsp://viewer:${ESCAPED}@127.0.0.1:${server.port}/live`, FAST)
    expect(report).toMatchObject({ playable: false, error: { code: 'unauthorized' }, tracks: [] })
    expect(report.authentication.used).toBe('Digest MD5')
    expect(everything(report)).not.toContain(SECRET)
    const sent = server.connections[0]?.requests.filter((request) => request.headers.has('Authorization'))
    expect(sent).toHaveLength(1)
  })

  it('plays where the server closes the connection after its challenge, and does not call that a redirect', async () => {
    const server = await listen((connection) => (request, index) => {
      if (request.headers.has('Authorization')) return camera()(connection)(request, index)
      setImmediate(() => connection.hangUp())
      return { status: 401, headers: challenge }
    })
    const report = await probe(`rtsp://viewer:${ESCAPED}@127.0.0.1:${server.port}/live`, FAST)
    expect(report).toMatchObject({ playable: true, server: { redirectedTo: null } })
    expect(server.connections).toHaveLength(2)
  })

  it('that is missing says which ways the camera offers', async () => {
    const server = await listen(chatty(() => true))
    const report = await probe(`rtsp://127.0.0.1:${server.port}/live`, FAST)
    expect(report.error?.code).toBe('unauthorized')
    expect(report.authentication).toEqual({ offered: ['Digest MD5', 'Basic'], used: null })
    expect(report.advice[0]?.text).toContain('RTSP_PASSWORD')
  })

  it('that is wrong in an address that cannot be read prints nothing either', async () => {
    expect(everything(await probe(`http://viewer:${SECRET}@camera/`, FAST))).not.toContain('s3cr3t')
  })
})
