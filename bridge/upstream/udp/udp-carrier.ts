import { isIPv4, isIPv6 } from 'node:net'
import { ByteWriter } from '../../../protocol/bytes/byte-writer.ts'
import { ProtocolError } from '../../../protocol/errors.ts'
import { writeReceiverReport } from '../../../protocol/rtcp/receiver-report.ts'
import { RTP_HEADER_BYTES, writeRtpHeader } from '../../../protocol/rtp/packet.ts'
import { ReorderBuffer } from '../../../protocol/rtp/reorder-buffer.ts'
import { formatTransport, parseTransport, type TransportSpec } from '../../../protocol/rtsp/headers/transport.ts'
import { RtspHeaders, type RtspMessage, type RtspRequest, type RtspResponse } from '../../../protocol/rtsp/message.ts'
import { RtspMessageParser } from '../../../protocol/rtsp/message-parser.ts'
import {
  INTERLEAVED_HEADER_BYTES,
  serializeRequest,
  writeInterleavedHeader,
} from '../../../protocol/rtsp/message-serializer.ts'
import { serializeResponse } from '../../../protocol/rtsp/response-serializer.ts'
import type { ByteReceiver, ByteTransport } from '../../../protocol/transport/byte-transport.ts'
import { type DatagramReceiver, PortPair } from './port-pair.ts'

/** How RTP comes: `auto` asks for TCP, and for UDP where the camera refuses that with 461. */
export type MediaTransport = 'auto' | 'udp' | 'multicast'

/** A track that comes by UDP. */
interface Carried {
  readonly channels: { readonly rtp: number; readonly rtcp: number }
  readonly ports: PortPair
  readonly reorder: ReorderBuffer
  /** Where the camera receives; undefined before its answer, and of a multicast group. */
  server: { readonly rtp: number; readonly rtcp: number } | undefined
}

/** A SETUP whose answer is awaited. */
interface Asked {
  readonly request: RtspRequest
  readonly channels: { readonly rtp: number; readonly rtcp: number }
  readonly by: 'tcp' | 'udp' | 'multicast'
  readonly ports: PortPair | undefined
  readonly reorder: ReorderBuffer
  readonly receive: DatagramReceiver
}

/** Milliseconds that a gap between datagrams is waited for, and between looks whether one has lasted so long. */
const REORDER_WAIT = 50
const REORDER_CHECK = 25
/** Tracks of one session; each takes two ports. */
const MAX_TRACKS = 16
/** Requests of this end have numbers that no client reaches. */
const OWN_CSEQ = 1_000_000_000

/**
 * A connection to a camera whose media comes by UDP, looking to its user like one where it is interleaved: SETUP is
 * rewritten on the way out, its answer on the way in; datagrams come in order as frames, and frames of the user go out as
 * datagrams. Everything else passes untouched.
 */
export class UdpCarrier implements ByteTransport {
  readonly #inner: ByteTransport
  readonly #peer: string
  readonly #local: string
  #mode: MediaTransport
  readonly #outgoing: RtspMessageParser
  readonly #incoming: RtspMessageParser
  readonly #asked = new Map<string, Asked>()
  readonly #carried: Carried[] = []
  readonly #writer = new ByteWriter()
  #receiver: ByteReceiver | undefined
  /** Requests go out one after the other: the ports of one must be there first. */
  #sending: Promise<void> = Promise.resolve()
  #unsent = 0
  /** SETUPs on their way. While there are some, and once datagrams are put between them, messages are read as a whole. */
  #settingUp = 0
  #reads: 'through' | 'messages' = 'through'
  #timer: ReturnType<typeof setInterval> | undefined
  #ownCseq = OWN_CSEQ
  #closed = false

  /**
   * @param addresses of both ends of the connection: datagrams are taken of the camera's alone, and multicast groups are
   * joined where the connection goes out
   */
  constructor(inner: ByteTransport, addresses: { peer: string; local: string }, mode: MediaTransport) {
    this.#inner = inner
    this.#peer = addresses.peer
    this.#local = addresses.local
    this.#mode = mode
    this.#outgoing = new RtspMessageParser({
      message: (message) => this.#toCamera(message),
      interleaved: (channel, bytes, start, end) => this.#frameToCamera(channel, bytes, start, end),
      skipped: () => undefined,
    })
    this.#incoming = new RtspMessageParser({
      message: (message) => this.#fromCamera(message),
      interleaved: (channel, bytes, start, end) => this.#deliver(channel, bytes, start, end),
      skipped: () => undefined,
    })
  }

  start(receiver: ByteReceiver): void {
    this.#receiver = receiver
    this.#inner.start({
      bytes: (chunk) => this.#received(chunk),
      closed: (error) => {
        this.#release()
        receiver.closed(error)
      },
    })
  }

  send(bytes: Uint8Array): void {
    if (!this.#closed) this.#outgoing.push(bytes)
  }

  get bufferedAmount(): number {
    return this.#inner.bufferedAmount + this.#unsent
  }

  pause(): void {
    this.#inner.pause()
  }

  resume(): void {
    this.#inner.resume()
  }

  close(): void {
    // Behind what waits to be sent: a TEARDOWN most likely.
    void this.#sending.then(() => this.#inner.close())
    this.#release()
  }

  #release(): void {
    this.#closed = true
    clearInterval(this.#timer)
    for (const { ports } of this.#carried.splice(0)) ports.close()
    for (const { ports } of this.#asked.values()) ports?.close()
    this.#asked.clear()
  }

  #toCamera(message: RtspMessage): void {
    if (message.kind === 'response') this.#enqueue(async () => this.#inner.send(serializeResponse(message)), 0)
    else this.#enqueue(() => this.#sendRequest(message), message.body.length)
  }

  #enqueue(work: () => Promise<void> | void, bytes: number): void {
    this.#unsent += bytes
    this.#sending = this.#sending.then(work).then(
      () => {
        this.#unsent -= bytes
      },
      (error: unknown) => {
        this.#unsent -= bytes
        this.#fail(error)
      },
    )
  }

  #fail(error: unknown): void {
    const told = error instanceof ProtocolError ? error : new ProtocolError('invalid-state', String(error))
    const wasClosed = this.#closed
    this.#release()
    this.#inner.close()
    if (!wasClosed) this.#receiver?.closed(told)
  }

  async #sendRequest(request: RtspRequest): Promise<void> {
    const offered = request.headers.getAll('Transport').flatMap(parseTransport)
    const interleaved = offered.find((spec) => spec.interleaved)?.interleaved
    if (request.method !== 'SETUP' || !interleaved) {
      this.#inner.send(serializeRequest(request))
      return
    }
    this.#settingUp++
    this.#reads = 'messages'
    const { rtp, rtcp = rtp + 1 } = interleaved
    await this.#setUp(request, { rtp, rtcp }, this.#mode === 'auto' ? 'tcp' : this.#mode)
  }

  /** SETUP, by the transport that is to be tried. */
  async #setUp(request: RtspRequest, channels: Asked['channels'], by: Asked['by'], cseq?: string): Promise<void> {
    if (this.#carried.length + this.#asked.size >= MAX_TRACKS) {
      throw new ProtocolError('too-many-requests', `More than ${MAX_TRACKS} tracks of one session`)
    }
    const headers = new RtspHeaders(request.headers)
    if (cseq !== undefined) headers.set('CSeq', cseq)
    const mode = parseTransport(request.headers.get('Transport') ?? '')[0]?.mode
    const reorder = new ReorderBuffer({ wait: REORDER_WAIT }, (bytes, start, end) =>
      this.#deliver(channels.rtp, bytes, start, end),
    )
    const receive: DatagramReceiver = (kind, bytes, from) => {
      if (this.#closed || from.address !== this.#peer) return
      if (kind === 'rtp') reorder.push(bytes, 0, bytes.length, performance.now())
      else this.#deliver(channels.rtcp, bytes, 0, bytes.length)
    }
    const ports = by === 'udp' ? await PortPair.bind(this.#peer, receive) : undefined
    if (this.#closed) {
      ports?.close()
      return
    }
    if (ports) {
      const clientPort = { rtp: ports.rtp, rtcp: ports.rtcp }
      headers.set('Transport', formatTransport({ protocol: 'RTP/AVP', delivery: 'unicast', clientPort, mode }))
    } else if (by === 'multicast') {
      headers.set('Transport', formatTransport({ protocol: 'RTP/AVP', delivery: 'multicast', mode }))
    }
    this.#asked.set(headers.get('CSeq') ?? '', { request, channels, by, ports, reorder, receive })
    this.#inner.send(serializeRequest({ ...request, headers }))
  }

  #received(chunk: Uint8Array): void {
    if (this.#reads === 'through') {
      this.#receiver?.bytes(chunk)
      return
    }
    try {
      this.#incoming.push(chunk)
    } catch (error) {
      this.#fail(error)
      return
    }
    // A message may have begun behind the answer: it is read to its end here.
    const isTcp = this.#settingUp === 0 && this.#carried.length === 0
    if (isTcp && this.#incoming.isBetweenItems) this.#reads = 'through'
  }

  #fromCamera(message: RtspMessage): void {
    if (message.kind === 'request') {
      this.#receiver?.bytes(serializeRequest(message))
      return
    }
    const cseq = message.headers.get('CSeq') ?? ''
    const asked = this.#asked.get(cseq)
    if (!asked || message.status < 200) {
      this.#receiver?.bytes(serializeResponse(message))
      return
    }
    this.#asked.delete(cseq)
    if (message.status === 461 && asked.by === 'tcp' && this.#mode === 'auto') {
      this.#mode = 'udp'
      this.#enqueue(() => this.#setUp(asked.request, asked.channels, 'udp', String(++this.#ownCseq)), 0)
      return
    }
    this.#answered(message, asked).then(
      () => this.#settingUp--,
      (error: unknown) => this.#fail(error),
    )
  }

  async #answered(response: RtspResponse, asked: Asked): Promise<void> {
    const headers = new RtspHeaders(response.headers)
    const stated = asked.request.headers.get('CSeq')
    if (stated !== undefined) headers.set('CSeq', stated)
    const spec = parseTransport(response.headers.get('Transport') ?? '')[0]
    if (response.status >= 300 || !spec || spec.interleaved || asked.by === 'tcp') asked.ports?.close()
    else {
      const { channels, reorder, receive } = asked
      const ports = asked.ports ?? (await join(spec, this.#local, receive))
      const { serverPort, ssrc, mode } = spec
      const server = serverPort && { rtp: serverPort.rtp, rtcp: serverPort.rtcp ?? serverPort.rtp + 1 }
      this.#carry({ channels, ports, reorder, server })
      headers.set(
        'Transport',
        formatTransport({ protocol: 'RTP/AVP/TCP', delivery: 'unicast', interleaved: channels, ssrc, mode }),
      )
    }
    this.#receiver?.bytes(serializeResponse({ ...response, headers }))
  }

  #carry(carried: Carried): void {
    this.#carried.push(carried)
    this.#timer ??= setInterval(() => this.#expire(), REORDER_CHECK)
    // Opens the way back through a NAT or a firewall between: an empty packet of each kind, which means nothing.
    const { ports, server } = carried
    if (!server) return
    const rtp = new Uint8Array(RTP_HEADER_BYTES)
    writeRtpHeader(rtp, 0, { marker: false, payloadType: 0, sequenceNumber: 0, timestamp: 0, ssrc: 0 })
    ports.send('rtp', rtp, server.rtp, this.#peer)
    this.#writer.clear()
    writeReceiverReport(this.#writer, { ssrc: 0, reports: [] })
    ports.send('rtcp', this.#writer.view(), server.rtcp, this.#peer)
  }

  #expire(): void {
    const now = performance.now()
    for (const { reorder } of this.#carried) reorder.expire(now)
  }

  #frameToCamera(channel: number, bytes: Uint8Array, start: number, end: number): void {
    const frame = bytes.slice(start, end)
    for (const { channels, ports, server } of this.#carried) {
      if (channel === channels.rtp && server) ports.send('rtp', frame, server.rtp, this.#peer)
      else if (channel === channels.rtcp && server) ports.send('rtcp', frame, server.rtcp, this.#peer)
      else continue
      return
    }
    const framed = new Uint8Array(INTERLEAVED_HEADER_BYTES + frame.length)
    writeInterleavedHeader(framed, 0, channel, frame.length)
    framed.set(frame, INTERLEAVED_HEADER_BYTES)
    this.#enqueue(() => this.#inner.send(framed), framed.length)
  }

  /** A packet for the user, as a frame of the connection. */
  #deliver(channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#closed) return
    const frame = new Uint8Array(INTERLEAVED_HEADER_BYTES + end - start)
    writeInterleavedHeader(frame, 0, channel, end - start)
    frame.set(bytes.subarray(start, end), INTERLEAVED_HEADER_BYTES)
    this.#receiver?.bytes(frame)
  }
}

/** The group that the camera states. Any camera may state any, so that it must be one. */
function join({ destination, port }: TransportSpec, local: string, receive: DatagramReceiver): Promise<PortPair> {
  if (!destination || !port || !isMulticast(destination)) {
    throw new ProtocolError('unsupported-transport', 'The camera does not say where its multicast group is')
  }
  const ports = { rtp: port.rtp, rtcp: port.rtcp ?? port.rtp + 1 }
  return PortPair.join({ address: destination, interface: local }, ports, receive)
}

/** RFC 5771 and RFC 4291 section 2.7. */
const isMulticast = (address: string): boolean =>
  isIPv4(address) ? /^2(2[4-9]|3\d)\./.test(address) : isIPv6(address) && /^ff/i.test(address)
