import type { RtcpPacket } from '../../protocol/rtcp/packet.ts'
import type { RtpPacket } from '../../protocol/rtp/packet.ts'
import { Milliseconds } from '../../protocol/units.ts'
import { BURST_BYTES, Burst } from './burst.ts'
import { GroupOfPictures, type GroupOfPicturesLimits } from './group-of-pictures.ts'
import type { HubTrack } from './hub-track.ts'

export interface BurstGathererEvents {
  /** The next burst is complete; it is kept for those who come later. */
  burst(burst: Burst): void
  /** Whether there is a picture among what the camera sends. Without one a decoder can start at any packet. */
  hasPicture(): boolean
}

/** What has no marker to wait for is sent after so many milliseconds: sound, and cameras that set none. */
const BURST_MILLISECONDS = 4

/**
 * A picture whose end will be marked is sent as one, after so many milliseconds at the latest: a decoder needs all of it, and
 * each piece costs a call to the system for every viewer, which is most of what the hub costs. Cameras that spread a
 * picture over its time are few; the others send it in a few milliseconds.
 */
const PICTURE_MILLISECONDS = 40

/** Gathers what belongs together of all tracks of a camera, and keeps what viewers who come later begin with. */
export class BurstGatherer {
  readonly group: GroupOfPictures
  readonly #events: BurstGathererEvents
  /** Tracks with a sender report: a viewer that comes gets them first. */
  readonly #reported = new Set<HubTrack>()
  #burst: Burst | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** The burst may wait for a marker. */
  #waitsForMarker = false
  /** Timestamp of the access unit that is being received, by the track that leads. */
  #unitTimestamp = -1
  /** A random access point was found in it. */
  #unitStartsGroup = false
  /** Its end was marked. */
  #unitIsMarked = false
  /** So was the end of the one before: the camera sets markers. */
  #marks = false

  constructor(limits: GroupOfPicturesLimits, events: BurstGathererEvents) {
    this.group = new GroupOfPictures(limits)
    this.#events = events
  }

  packet(track: HubTrack, packet: RtpPacket, randomAccess: boolean): void {
    const leads = track.isPicture
    if (leads && track.timestamp !== this.#unitTimestamp) {
      this.#flush()
      this.#unitTimestamp = track.timestamp
      this.#unitStartsGroup = false
      this.#marks = this.#unitIsMarked
      this.#unitIsMarked = false
    }
    if (leads && packet.marker) this.#unitIsMarked = true
    const burst = this.#openBurst(!this.#events.hasPicture(), leads && this.#marks)
    // A keyframe is told by its parameter sets or its first slice; delimiters and the like may come in front of them.
    if (leads && randomAccess && !this.#unitStartsGroup) {
      this.#unitStartsGroup = true
      burst.startsGroup = true
    }
    const length = track.lengthOf(packet)
    const { bytes, offset } = burst.add(track.index, 'rtp', length)
    track.write(packet, bytes, offset)
    if ((leads && packet.marker) || burst.bytes >= BURST_BYTES) this.#flush()
  }

  rtcp(track: HubTrack, packet: RtcpPacket, arrival: Milliseconds): void {
    if (packet.type !== 'SR') return
    const report = track.senderReport(packet, arrival)
    if (!report) return
    this.#reported.add(track)
    const burst = this.#openBurst(false, this.#waitsForMarker)
    const { bytes, offset } = burst.add(track.index, 'rtcp', report.length)
    bytes.set(report, offset)
    if (burst.bytes >= BURST_BYTES) this.#flush()
  }

  /** What a viewer is sent first; what is being gathered follows in any case. */
  *beginning(): Generator<Burst> {
    const reports = new Burst(256, false)
    for (const track of this.#reported) {
      const report = track.senderReportNow(Milliseconds(performance.now()))
      if (!report) continue
      const { bytes, offset } = reports.add(track.index, 'rtcp', report.length)
      bytes.set(report, offset)
    }
    if (reports.bytes > 0) yield reports
    yield* this.group.bursts
  }

  /** Sends what was gathered. What comes next does not follow what was. */
  interrupted(): void {
    this.#flush()
    this.clear()
  }

  /** Forgets all. */
  clear(): void {
    this.#takeBurst()
    this.#reported.clear()
    this.group.clear()
  }

  /** @param waitsForMarker what is to be added may wait until the picture is whole */
  #openBurst(startsGroup: boolean, waitsForMarker: boolean): Burst {
    const isNew = this.#burst === undefined
    this.#burst ??= new Burst(4096, startsGroup)
    if (isNew || (this.#waitsForMarker && !waitsForMarker)) {
      clearTimeout(this.#timer)
      this.#waitsForMarker = waitsForMarker
      this.#timer = setTimeout(() => this.#flush(), waitsForMarker ? PICTURE_MILLISECONDS : BURST_MILLISECONDS)
    }
    return this.#burst
  }

  #flush(): void {
    const burst = this.#takeBurst()
    if (!burst || burst.bytes === 0) return
    burst.complete()
    this.group.push(burst, performance.now())
    this.#events.burst(burst)
    burst.sent()
  }

  #takeBurst(): Burst | undefined {
    const burst = this.#burst
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#burst = undefined
    return burst
  }
}
