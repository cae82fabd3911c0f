import { readFileSync } from 'node:fs'
import { afterEach, assert, beforeEach, describe, expect, test, vi } from 'vitest'
import { DEFAULT_HUB_LIMITS } from '../../bridge/hub/hub-limits.ts'
import { DEFAULT_LIMITS } from '../../bridge/limits.ts'
import { DeinterleavingBuffer } from '../../protocol/depacketizer/deinterleaving-buffer.ts'
import { H264Depacketizer } from '../../protocol/depacketizer/h264.ts'
import { SoundDeinterleaver } from '../../protocol/depacketizer/sound-deinterleaver.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { RTP_HEADER_BYTES, RtpPacket, writeRtpHeader } from '../../protocol/rtp/packet.ts'
import { ReorderBuffer } from '../../protocol/rtp/reorder-buffer.ts'
import { ClientConnection } from '../../protocol/rtsp/client-connection.ts'
import { ClientSession } from '../../protocol/rtsp/client-session.ts'
import { RtspMessageParser } from '../../protocol/rtsp/message-parser.ts'
import { ServerConnection } from '../../protocol/rtsp/server-connection.ts'
import { parseRtspUri } from '../../protocol/rtsp/uri.ts'
import { parseSessionDescription } from '../../protocol/sdp/session-description.ts'
import { FlacTranscoder } from '../../protocol/track/flac-transcoder.ts'
import { payloadFormatsOnDemand } from '../../protocol/track/formats/payload-formats-on-demand.ts'
import { FrameRouter } from '../../protocol/track/frame-router.ts'
import { TrackOutput } from '../../protocol/track/track-output.ts'
import type { ByteReceiver, ByteTransport } from '../../protocol/transport/byte-transport.ts'
import { Milliseconds, Ticks } from '../../protocol/units.ts'
import { type Script, ScriptedRtspServer } from '../support/scripted-rtsp-server.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return error instanceof ProtocolError ? error.code : String(error)
  }
  return 'done'
}
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof ProtocolError ? error.code : error),
  )
const parse = (...texts: string[]): string =>
  codeOf(() => {
    const parser = new RtspMessageParser({
      message: () => undefined,
      interleaved: () => undefined,
      skipped: () => undefined,
    })
    for (const text of texts) parser.push(bytesOf(text))
  })
const sdp = (...lines: string[]): string => codeOf(() => parseSessionDescription(lines.join('\n')))

const NO_EVENTS = { interleaved: () => undefined, closed: () => undefined }
const connect = (script: Script) => {
  const server = new ScriptedRtspServer(script)
  return { server, connection: new ClientConnection(server.client, NO_EVENTS) }
}
const options = { method: 'OPTIONS', uri: 'rtsp://camera/' }

/** A peer that sends and does not read: `bufferedAmount` only grows. */
class UnreadTransport implements ByteTransport {
  bufferedAmount = 0
  receiver: ByteReceiver | undefined
  closed = false
  start(receiver: ByteReceiver): void {
    this.receiver = receiver
  }
  send(bytes: Uint8Array): void {
    this.bufferedAmount += bytes.length
  }
  pause(): void {
    throw new Error('not used')
  }
  resume(): void {
    throw new Error('not used')
  }
  close(): void {
    this.closed = true
  }
}

/** Packets of one picture, one NAL unit each but the last, which has the marker. */
function depacketize(payloads: Iterable<Uint8Array>): H264Depacketizer['statistics'] & { given: number } {
  const depacketizer = new H264Depacketizer({ parameterSets: [] })
  const packet = new RtpPacket()
  let given = 0
  let previous: Uint8Array | undefined
  const push = (payload: Uint8Array, marker: boolean): void => {
    const bytes = new Uint8Array(RTP_HEADER_BYTES + payload.length)
    writeRtpHeader(bytes, 0, { marker, payloadType: 96, sequenceNumber: 0, timestamp: 0, ssrc: 1 })
    bytes.set(payload, RTP_HEADER_BYTES)
    packet.read(bytes)
    depacketizer.push(packet, Ticks(0), 0)
    while (depacketizer.pull()) given++
  }
  for (const payload of payloads) {
    if (previous) push(previous, false)
    previous = payload
  }
  if (previous) push(previous, true)
  return { ...depacketizer.statistics, given }
}
const SPS = Uint8Array.from(Buffer.from('Z0LADNoFB+hAAAADAEAAAAMAo8UKqA==', 'base64'))
const PPS = Uint8Array.from(Buffer.from('aM4PyA==', 'base64'))
const slice = (bytes: number, first: boolean): Uint8Array =>
  new Uint8Array(bytes)
    .fill(0x5a)
    .fill(0x65, 0, 1)
    .fill(first ? 0x88 : 0x10, 1, 2)
function* slices(count: number, bytes: number): Generator<Uint8Array> {
  yield SPS
  yield PPS
  for (let i = 0; i < count; i++) yield slice(bytes, i === 0)
}

/** A unit, a gap, and so many behind that: how many are given. */
function deinterleave(count: number, bytes: number): number {
  let given = 0
  const unit = () => given++
  const deinterleaver = new SoundDeinterleaver(1e9, { unit, misplaced: () => expect.fail('it has a place') })
  for (let i = 0; i <= count; i++) {
    const timestamp = Ticks(i === 0 ? 0 : i + 1)
    deinterleaver.packet(timestamp, Ticks(1))
    deinterleaver.push(new Uint8Array(bytes), timestamp, Ticks(1))
  }
  return given
}

const rtp = (sequenceNumber: number): Uint8Array => {
  const bytes = new Uint8Array(RTP_HEADER_BYTES)
  writeRtpHeader(bytes, 0, { marker: false, payloadType: 96, sequenceNumber, timestamp: 0, ssrc: 1 })
  return bytes
}

/** What happens at each bound, and just before it. */
const REACHED: Record<keyof typeof LIMITS, () => void | Promise<void>> = {
  rtspHeadBytes: () => {
    const head = (bytes: number) => `RTSP/1.0 200 OK\r\nX: ${'a'.repeat(bytes - 24)}\r\n\r\n`
    expect(parse(head(LIMITS.rtspHeadBytes))).toBe('done')
    expect(parse(head(LIMITS.rtspHeadBytes + 1))).toBe('rtsp-head-too-large')
    // Without an end as well: it is not waited for.
    expect(parse('RTSP/1.0 200 OK\r\nX: ', 'a'.repeat(LIMITS.rtspHeadBytes))).toBe('rtsp-head-too-large')
  },
  rtspHeaders: () => {
    const head = (fields: number) => `RTSP/1.0 200 OK\r\n${'X: y\r\n'.repeat(fields)}\r\n`
    expect(parse(head(LIMITS.rtspHeaders))).toBe('done')
    expect(parse(head(LIMITS.rtspHeaders + 1))).toBe('rtsp-head-too-large')
  },
  rtspBodyBytes: () => {
    const head = (bytes: number) => `RTSP/1.0 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`
    expect(parse(head(LIMITS.rtspBodyBytes))).toBe('done')
    expect(parse(head(LIMITS.rtspBodyBytes + 1))).toBe('rtsp-body-too-large')
  },
  rtspGarbageBytes: () => {
    const garbage = 'x'.repeat(LIMITS.rtspGarbageBytes)
    expect(parse(garbage)).toBe('done')
    expect(parse(`${garbage}x`)).toBe('not-rtsp')
    expect(parse('RTSP/1.0 200 OK\r\n\r\n', `${garbage}x`)).toBe('rtsp-syntax')
  },
  rtspQueuedRequests: async () => {
    const { connection } = connect(() => null)
    // One is sent, the others wait.
    const requests = Array.from({ length: LIMITS.rtspQueuedRequests + 1 }, () => connection.request(options))
    expect(await rejection(connection.request(options))).toBe('too-many-requests')
    connection.close()
    expect(new Set(await Promise.all(requests.map(rejection)))).toEqual(new Set(['connection-lost']))
  },
  rtspUnreadBytes: async () => {
    const request = bytesOf('OPTIONS rtsp://camera/ RTSP/1.0\r\nCSeq: 1\r\n\r\n')
    const ofServer = new UnreadTransport()
    const serverClosed = vi.fn()
    new ServerConnection(ofServer, { find: () => null }, { closed: serverClosed })
    const ofClient = new UnreadTransport()
    const clientClosed = vi.fn()
    new ClientConnection(ofClient, { ...NO_EVENTS, closed: clientClosed })
    for (const transport of [ofServer, ofClient]) {
      for (let i = 0; i < 100_000 && !transport.closed; i++) {
        transport.receiver?.bytes(request)
        if (i % 16 === 0) await Promise.resolve()
        for (let turn = 0; turn < 8; turn++) await Promise.resolve()
      }
      expect(transport.bufferedAmount).toBeGreaterThan(LIMITS.rtspUnreadBytes)
      expect(transport.bufferedAmount).toBeLessThan(LIMITS.rtspUnreadBytes + 1000)
    }
    expect(serverClosed.mock.lastCall?.[0]).toMatchObject({ code: 'too-many-requests' })
    expect(clientClosed.mock.lastCall?.[0]).toMatchObject({ code: 'too-many-requests' })
  },
  rtspRedirects: async () => {
    const { server, connection } = connect((_, index) => ({
      status: 302,
      headers: { Location: `rtsp://camera/${index}` },
    }))
    const session = new ClientSession(connection, parseRtspUri('rtsp://camera/'))
    expect(await rejection(session.describe())).toBe('redirected')
    expect(server.requests).toHaveLength(LIMITS.rtspRedirects + 1)
    connection.close()
  },
  requestMilliseconds: async () => {
    const { connection } = connect(() => null)
    const request = rejection(connection.request(options))
    await vi.advanceTimersByTimeAsync(LIMITS.requestMilliseconds - 1)
    expect(await Promise.race([request, Promise.resolve('waits')])).toBe('waits')
    await vi.advanceTimersByTimeAsync(1)
    expect(await request).toBe('request-timeout')
    connection.close()
  },
  shortBodyMilliseconds: async () => {
    const server = new ScriptedRtspServer(() => 'RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 9\r\n\r\nv=0')
    const deviation = vi.fn()
    const connection = new ClientConnection(server.client, { ...NO_EVENTS, deviation })
    const response = connection.request(options)
    await vi.advanceTimersByTimeAsync(LIMITS.shortBodyMilliseconds)
    expect((await response).body).toHaveLength(3)
    expect(deviation).toHaveBeenCalledWith('content-length-too-large')
    connection.close()
  },
  sdpLines: () => {
    const filler = (count: number) => new Array<string>(count).fill('i=x')
    expect(sdp('m=video 0 RTP/AVP 96', ...filler(LIMITS.sdpLines - 1))).toBe('done')
    expect(sdp('m=video 0 RTP/AVP 96', ...filler(LIMITS.sdpLines))).toBe('sdp-syntax')
  },
  sdpMedia: () => {
    const media = (count: number) => new Array<string>(count).fill('m=video 0 RTP/AVP 96')
    expect(sdp(...media(LIMITS.sdpMedia))).toBe('done')
    expect(sdp(...media(LIMITS.sdpMedia + 1))).toBe('sdp-syntax')
  },
  accessUnitBytes: () => {
    // Each slice has four bytes of length in front of it.
    const within = Math.floor(LIMITS.accessUnitBytes / 60_004)
    expect(depacketize(slices(within, 60_000))).toMatchObject({ given: 1, dropped: 0, malformed: 0 })
    expect(depacketize(slices(within + 1, 60_000))).toMatchObject({ given: 0, dropped: 1, malformed: 1 })
  },
  accessUnitNalUnits: () => {
    const within = LIMITS.accessUnitNalUnits
    expect(depacketize(slices(within, 8))).toMatchObject({ given: 1, dropped: 0, malformed: 0 })
    expect(depacketize(slices(within + 1, 8))).toMatchObject({ given: 0, dropped: 1, malformed: 1 })
  },
  interleavedNalUnits: () => {
    const buffer = new DeinterleavingBuffer({ interleavingDepth: 1e9 })
    for (let i = 0; i < LIMITS.interleavedNalUnits; i++) buffer.add(i & 0xffff, slice(2, true), Ticks(i))
    expect(buffer.next()).toBeNull()
    buffer.add(LIMITS.interleavedNalUnits, slice(2, true), Ticks(0))
    expect(buffer.next()).toMatchObject({ timestamp: 0, lost: false })
    expect(buffer.next()).toBeNull()
  },
  interleavedBytes: () => {
    const buffer = new DeinterleavingBuffer({ interleavingDepth: 1e9 })
    buffer.add(1, slice(LIMITS.interleavedBytes, true), Ticks(0))
    expect(buffer.next()).toBeNull()
    buffer.add(2, slice(1, true), Ticks(0))
    expect(buffer.next()).not.toBeNull()
    expect(buffer.next()).toBeNull()
  },
  recoveringBytes: () => {
    // A recovery point after 65,535 frames: it never comes.
    const recoveryPoint = Uint8Array.of(6, 6, 5, 0, 0, 0x80, 0, 0x40, 0x80)
    const given = (bytes: number) => {
      const depacketizer = new H264Depacketizer({ parameterSets: [SPS, PPS] })
      const packet = new RtpPacket()
      let units = 0
      // Half of them in each of two pictures.
      for (const [index, payload] of [recoveryPoint, slice(bytes / 2, true), slice(bytes / 2, true)].entries()) {
        const rtp = new Uint8Array(RTP_HEADER_BYTES + payload.length)
        writeRtpHeader(rtp, 0, { marker: index > 0, payloadType: 96, sequenceNumber: 0, timestamp: 0, ssrc: 1 })
        rtp.set(payload, RTP_HEADER_BYTES)
        // A P slice, of no key picture.
        if (index > 0) rtp.set([0x41, 0x9a], RTP_HEADER_BYTES)
        packet.read(rtp)
        depacketizer.push(packet, Ticks(index > 1 ? 3000 : 0), 0)
        while (depacketizer.pull()) units++
      }
      return units
    }
    // A length before each NAL unit, and the SEI.
    const overhead = 2 * 4 + 4 + recoveryPoint.length
    const within = LIMITS.recoveringBytes - overhead - (overhead % 2)
    expect(given(within - 2)).toBe(0)
    expect(given(within + 4)).toBe(2)
  },
  interleavedSoundUnits: () => {
    expect(deinterleave(LIMITS.interleavedSoundUnits, 1)).toBe(1)
    expect(deinterleave(LIMITS.interleavedSoundUnits + 1, 1)).toBe(LIMITS.interleavedSoundUnits + 2)
  },
  interleavedSoundBytes: () => {
    const within = Math.floor(LIMITS.interleavedSoundBytes / 60_000)
    expect(deinterleave(within, 60_000)).toBe(1)
    expect(deinterleave(within + 1, 60_000)).toBe(within + 2)
  },
  undecidedBytes: () => {
    const given = (bytes: number) => {
      const accessUnit = vi.fn()
      const output = new TrackOutput(
        { trackId: 1, kind: 'video', encoding: 'JPEG', clockRate: 90_000 },
        { configuration: () => 'undecided', initializationSegment: vi.fn(), mediaSegment: vi.fn(), accessUnit },
      )
      const configuration = {
        kind: 'video',
        codec: 'jpeg',
        description: new Uint8Array(0),
        width: 8,
        height: 8,
      } as const
      for (const length of [bytes - 1, 1]) {
        const unit = { data: new Uint8Array(length), timestamp: Ticks(0), randomAccess: true, discontinuity: false }
        const change = { ...configuration, pixelAspectRatio: 1, reorderDepth: 0 }
        output.push({ ...unit, configuration: length === 1 ? undefined : change }, Ticks(0), Milliseconds(0), undefined)
      }
      output.choose('units')
      return accessUnit.mock.calls.length
    }
    expect(given(LIMITS.undecidedBytes)).toBe(2)
    expect(given(LIMITS.undecidedBytes + 1)).toBe(1)
  },
  filledSilenceMilliseconds: () => {
    const filled = (gap: number) => {
      const pcm = { kind: 'audio', codec: 'pcm-s16', description: new Uint8Array(0), sampleRate: 8000 } as const
      let frames = 0
      const transcoder = new FlacTranscoder({ ...pcm, channels: 1 }, 8000, () => frames++)
      for (const time of [0, 160 + gap * 8]) {
        const unit = { data: new Uint8Array(320), timestamp: Ticks(time), randomAccess: true, discontinuity: false }
        transcoder.push({ unit, time: Ticks(time), arrival: Milliseconds(0), wallClock: undefined })
      }
      return frames - 2
    }
    expect(filled(LIMITS.filledSilenceMilliseconds)).toBeGreaterThan(0)
    expect(filled(LIMITS.filledSilenceMilliseconds + 1)).toBe(0)
  },
  earlyFrames: () => {
    const router = new FrameRouter(
      () => undefined,
      () => undefined,
    )
    router.hold()
    for (let i = 0; i < LIMITS.earlyFrames; i++) router.frame(0, rtp(i), 0, RTP_HEADER_BYTES)
    expect(router.ignored).toBe(0)
    // Nobody has channel 0 here: what is let through is counted.
    router.frame(0, rtp(0), 0, RTP_HEADER_BYTES)
    expect(router.ignored).toBe(LIMITS.earlyFrames + 1)
  },
  loadMilliseconds: async () => {
    vi.doMock('../../protocol/track/formats/opus.ts', () => new Promise(() => undefined))
    const stated = { payloadType: 96, clockRate: 48_000, clockRateKnown: true, channels: 2, parameters: new Map() }
    const opus = payloadFormatsOnDemand({ ...stated, encoding: 'OPUS' })
    assert(opus && 'load' in opus)
    const load = rejection(opus.load())
    await vi.advanceTimersByTimeAsync(LIMITS.loadMilliseconds - 1)
    expect(await Promise.race([load, Promise.resolve('waits')])).toBe('waits')
    await vi.advanceTimersByTimeAsync(1)
    expect(await load).toBe('part-not-loaded')
  },
  reorderPackets: () => {
    const given: number[] = []
    const buffer = new ReorderBuffer({ packets: 1e9, wait: 1e9 }, (bytes) => given.push(bytes[3] ?? 0))
    buffer.push(rtp(0), 0, RTP_HEADER_BYTES, 0)
    for (let i = 2; i <= LIMITS.reorderPackets; i++) buffer.push(rtp(i), 0, RTP_HEADER_BYTES, 0)
    expect(given).toHaveLength(1)
    buffer.push(rtp(LIMITS.reorderPackets + 1), 0, RTP_HEADER_BYTES, 0)
    expect(given).toHaveLength(LIMITS.reorderPackets + 1)
    expect(buffer.statistics.skipped).toBe(1)
  },
  reorderMilliseconds: () => {
    const given: number[] = []
    const buffer = new ReorderBuffer({ wait: 1e9 }, (bytes) => given.push(bytes[3] ?? 0))
    buffer.push(rtp(0), 0, RTP_HEADER_BYTES, 0)
    buffer.push(rtp(2), 0, RTP_HEADER_BYTES, 5)
    buffer.expire(4 + LIMITS.reorderMilliseconds)
    expect(given).toEqual([0])
    buffer.expire(5 + LIMITS.reorderMilliseconds)
    expect(given).toEqual([0, 2])
    expect(buffer.statistics.skipped).toBe(1)
  },
}

describe('at its bound nothing grows any more, and it is told', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  test.each(Object.entries(REACHED))('%s', async (_, reach) => {
    await reach()
  })
})

/** The entries of a source: the comment above each, in two parts, what it bounds and what lies beyond. */
function describedIn(path: string, values: object): string[] {
  const text = readFileSync(path, 'utf8')
  return Object.entries(values).map(([name, value]) => {
    // The nearest comment before the first place where the name is declared.
    const before = text.slice(0, text.search(new RegExp(`^ +(readonly )?${name}:`, 'm')))
    const begin = before.lastIndexOf('/**')
    const comment = before
      .slice(begin, before.indexOf('*/', begin))
      .replace(/^\/\*\*|^ *\* ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim()
    const [bounds = '', beyond] = comment.split(/ Beyond: /)
    return `| \`${name}\` | ${Number(value).toLocaleString('en-US')} | ${bounds} | ${beyond ?? ''} |`
  })
}

const LIMITS_PAGE = `# Limits

Nothing queues, gathers or waits without a bound. Sizes are bytes or counts, times are milliseconds, as each line says.
Errors are explained in [errors.md](errors.md).

## The protocol package

The bounds of \`LIMITS\`; a test of the same name in \`test/protocol/limits.test.ts\` reaches each of them.

| name | value | what it bounds | beyond |
| --- | --- | --- | --- |
${describedIn('protocol/limits.ts', LIMITS).join('\n')}

A header is at most a head, an attribute at most a body, an interleaved frame and a packet at most 65,535 bytes by their
formats, a stream at most 31 sequence and 255 picture parameter sets by that of \`avcC\` (the oldest go).

## The bridge

The defaults of \`rtsp-bridge serve\`; numbers of four digits are close codes of the WebSocket.

| name | value | what it bounds | beyond |
| --- | --- | --- | --- |
${describedIn('bridge/limits.ts', DEFAULT_LIMITS).join('\n')}

## The hub

For each camera, and for each who watches it. What waits for one viewer is at most \`cacheBytes\`, which he begins with, and
\`viewerBytes\` of what comes meanwhile, and the picture that reached the bound; \`hub.cacheBytes\` and \`hub.viewerBytes\` of the [configuration](configuration.md) change
them. The cache is one for all viewers of a camera; 4 MB are 4 seconds of 8 Mbit/s, and a camera with longer groups of pictures
needs more of it to begin at once.

| name | value | what it bounds | beyond |
| --- | --- | --- | --- |
${describedIn('bridge/hub/hub-limits.ts', DEFAULT_HUB_LIMITS).join('\n')}

These tables are made from \`protocol/limits.ts\`, \`bridge/limits.ts\` and \`bridge/hub/hub-limits.ts\` by \`npx vitest run test/protocol/limits.test.ts -u\`; a
test tells when they are old.
`

test('docs/limits.md lists every bound with what lies beyond it', async () => {
  for (const line of describedIn('protocol/limits.ts', LIMITS)) expect(line).toMatch(/\| [A-Z].*\. \| [^|]+\. \|$/)
  await expect(LIMITS_PAGE).toMatchFileSnapshot('../../docs/limits.md')
})
