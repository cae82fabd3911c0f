import { ArrivalClock } from './arrival-clock.ts'

/** Rates in which timestamps are counted: those of RFC 3551 and of sound, and milliseconds and microseconds by mistake. */
const USUAL_RATES = [
  1_000, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 90_000, 1_000_000,
] as const
/** A rate that was measured is a usual one within this part of it: they are further apart than twice that. */
const NEAR = 0.04
/** Milliseconds of a measurement, at least. It goes from packet to packet, however seldom they come. */
const WINDOW = 1_000
/** Measurements of one clock agree with each other to this part; those of a network that stalls and catches up do not. */
const AGREEMENT = 0.2
/** Measurements in a row that have to agree, by how far they are from what is believed; a sound that confirms them saves time. */
const ENOUGH = { confirmed: 2, farOff: 3, off: 8, notUsual: 10, close: 24 } as const
/** Times and parts of a rate: no network makes a stream steadily four times too slow, or a quarter off. */
const FAR_OFF = 4
const CLOSE = 1.25
/** Below this part of the rate nothing counts that could be called a clock. */
const STANDING = 1 / 20
/** Units a second: what comes faster is a file that is sent faster than its time, or a burst, whatever its timestamps say. */
const FASTEST = 130
const WRAP = 2 ** 32
/** Milliseconds between two packets, after which another picture begins where no marker tells. */
const PAUSE = 10
/** Units that a measurement must have, to say that their timestamps stand still: else it may be one large picture. */
const FEWEST_UNITS = 3

const isNear = (rate: number, other: number): boolean => Math.abs(rate - other) <= other * NEAR

/** What was seen from one packet to a later one. */
interface Seen {
  readonly milliseconds: number
  /** As counted on the wire. */
  readonly ticks: number
  readonly units: number
  /** How long the sound in it lasts by itself, in ticks of the stated clock; 0 where nothing is known of it. */
  readonly lasting: number
}

const NOTHING: Seen = { milliseconds: 0, ticks: 0, units: 0, lasting: 0 }

const together = (a: Seen, b: Seen): Seen => ({
  milliseconds: a.milliseconds + b.milliseconds,
  ticks: a.ticks + b.ticks,
  units: a.units + b.units,
  lasting: a.lasting + b.lasting,
})

const rateOf = ({ ticks, milliseconds }: Seen): number => (ticks * 1000) / milliseconds

/** The first packet of a track, and when it came. */
export interface Begin {
  readonly timestamp: number
  /** Milliseconds of a monotonic clock. */
  readonly arrival: number
}

/**
 * How many RTP timestamps make a second, by when they come, and those timestamps as they should have been. It should be
 * the clock rate of the SDP; firmware has been seen that counts milliseconds, or a rate of sound that is another than the
 * stated one, or nothing at all. Only for what is live: of a recording the server decides how fast it comes.
 *
 * A network is no clock: what it does is uneven, ends, is the same for all tracks, or is no usual rate. So measurements
 * of a second each have to agree, the longer the closer to what is stated.
 */
export class ClockRateWatch {
  readonly #stated: number
  readonly #begin: Begin
  readonly #all: readonly ClockRateWatch[]
  #rate: number
  #started = false
  #timestamp: number
  /** Continuous count of the wire's ticks, and the furthest so far: pictures may come out of order. */
  #count = 0
  #front = 0
  #unitEnded = false
  #hasMarkers = false
  #arrival = 0
  /** Since the last measurement. */
  #since = { arrival: 0, front: 0, units: 0, lasting: 0 }
  /** Measurements in a row that agree. */
  #measurements = 0
  #seen = NOTHING
  #isSampled = false
  /** There are as many samples as the timestamps of this clock count; undefined while nothing is known of them. */
  #samplesAreTicks: boolean | undefined
  /** Ticks of the stated clock since the beginning at a count of the wire. */
  #base = { count: 0, ticks: 0 }
  /** Those of the packet before. */
  #ticks = 0
  /** Where timestamps tell no time. */
  #arrivals: ArrivalClock | undefined
  /** Another rate is believed since the packet before. */
  changed = false

  /**
   * @param stated ticks a second by the SDP
   * @param all watches of the session's tracks, to which this is added
   */
  constructor(stated: number, begin: Begin, all: ClockRateWatch[]) {
    this.#stated = stated
    this.#rate = stated
    this.#begin = begin
    this.#timestamp = begin.timestamp
    this.#all = all
    all.push(this)
  }

  /** Ticks a second, as is believed now; 0 where the timestamps tell no time. */
  get rate(): number {
    return this.#rate
  }

  /** By how much the samples of sound come faster than stated, where there are as many of them as the timestamps count. */
  get samplesFactor(): number {
    return this.#samplesAreTicks && this.#rate > 0 ? this.#rate / this.#stated : 1
  }

  /**
   * A packet's timestamp on the stated clock. After a change it goes on where it would be by now.
   *
   * @param endsUnit it has the marker, or is sound: nothing of the same picture follows
   * @param follows the packet before
   */
  translate(timestamp: number, arrival: number, endsUnit: boolean, follows = true): number {
    const step = (timestamp - this.#timestamp) | 0
    const paused = !this.#hasMarkers && arrival - this.#arrival >= PAUSE
    const beginsUnit = step !== 0 || this.#unitEnded || paused
    this.#timestamp = timestamp
    this.#arrival = arrival
    this.#unitEnded = endsUnit
    this.#hasMarkers ||= endsUnit
    this.#count += step
    // Back by a second and more is no order of pictures: the clock began anew.
    if (!this.#started || !follows || step < -this.#stated) this.#restart(arrival)
    this.#front = Math.max(this.#front, this.#count)
    this.changed = beginsUnit && arrival - this.#since.arrival >= WINDOW && this.#measure(arrival)
    if (this.changed) this.#recount(arrival)
    else if (!this.#arrivals) this.#ticks = this.#ticksAt(this.#count)
    else if (beginsUnit) this.#ticks = this.#arrivals.next(arrival)
    if (endsUnit || paused) this.#since.units++
    return toWire(this.#begin.timestamp + this.#ticks)
  }

  /** A timestamp that is told beside the stream, as that of a sender report; undefined where they tell no time. */
  locate(timestamp: number): number | undefined {
    if (this.#arrivals) return undefined
    return toWire(this.#begin.timestamp + this.#ticksAt(this.#count + ((timestamp - this.#timestamp) | 0)))
  }

  /**
   * The sound of a packet.
   *
   * @param ticks how long it lasts by itself, on the stated clock
   * @param isSampled nothing but its rate says how long: it may be another, too
   */
  soundLasts(ticks: number, isSampled: boolean): void {
    this.#since.lasting += ticks
    this.#isSampled = isSampled
  }

  #restart(arrival: number): void {
    this.#started = true
    this.#measurements = 0
    this.#seen = NOTHING
    this.#front = this.#count
    this.#since = { arrival, front: this.#front, units: 0, lasting: 0 }
  }

  #recount(arrival: number): void {
    const byArrival = Math.round(((arrival - this.#begin.arrival) * this.#stated) / 1000)
    this.#ticks = Math.max(this.#ticks + 1, byArrival)
    this.#base = { count: this.#count, ticks: this.#ticks }
    this.#arrivals = this.#rate === 0 ? new ArrivalClock(this.#stated, this.#ticks, arrival) : undefined
  }

  #ticksAt(count: number): number {
    if (this.#rate === this.#stated) return this.#base.ticks + count - this.#base.count
    return this.#base.ticks + Math.round(((count - this.#base.count) * this.#stated) / this.#rate)
  }

  #measure(arrival: number): boolean {
    const { front, units, lasting } = this.#since
    const seen = { milliseconds: arrival - this.#since.arrival, ticks: this.#front - front, units, lasting }
    this.#since = { arrival, front: this.#front, units: 0, lasting: 0 }
    const agrees = Math.abs(rateOf(seen) - rateOf(this.#seen)) <= rateOf(this.#seen) * AGREEMENT
    this.#seen = agrees ? together(this.#seen, seen) : seen
    this.#measurements = agrees ? this.#measurements + 1 : 1
    const rate = this.#judge()
    const isNew = rate !== this.#rate
    this.#rate = rate
    if (isNew) this.#samplesAreTicks = undefined
    if (this.#seen.lasting > 0 && this.#measurements > 1) {
      this.#samplesAreTicks ??= this.#isSampled && this.#soundFollows
    }
    // What was long ago says nothing of now.
    if (this.#measurements > ENOUGH.close) [this.#measurements, this.#seen] = [1, seen]
    return isNew
  }

  /** There is as much sound as the timestamps count, whatever the clock. */
  get #soundFollows(): boolean {
    return this.#seen.lasting > 0 && isNear(this.#seen.ticks, this.#seen.lasting)
  }

  #judge(): number {
    const believed = this.#rate
    const measured = rateOf(this.#seen)
    const usual = [this.#stated, ...USUAL_RATES].find((rate) => isNear(measured, rate))
    if (usual === believed) return believed
    if (usual === undefined) return this.#isNoClock(measured) ? 0 : believed
    if (measured > believed && this.#isFasterThanTime()) return believed
    const { confirmed, farOff, off, close } = ENOUGH
    // The sound's own length says the same as its arrival: then it is the timestamps that are wrong.
    const isConfirmed = this.#seen.lasting > 0 && isNear(this.#seen.ticks / this.#seen.lasting, usual / this.#stated)
    if (isConfirmed) return this.#measurements >= confirmed ? usual : believed
    // Its length is in the frames themselves, and is as the timestamps say.
    if (this.#soundFollows && !this.#isSampled) return believed
    const apart = Math.max(measured / believed, believed / measured)
    const needed = apart < CLOSE ? close : apart < FAR_OFF || believed === 0 ? off : farOff
    return this.#measurements >= needed && !this.#isOfNetwork() ? usual : believed
  }

  /** They stand still, nearly, or go far too slowly at a rate that nobody uses. */
  #isNoClock(measured: number): boolean {
    const { units } = this.#seen
    if (units < this.#measurements * FEWEST_UNITS) return false
    const needed = measured < this.#rate * STANDING ? ENOUGH.farOff : ENOUGH.notUsual
    return measured * 2 < this.#rate && this.#measurements >= needed && !this.#isOfNetwork()
  }

  #isFasterThanTime(): boolean {
    return rateOf({ ...this.#seen, ticks: this.#seen.units }) > FASTEST
  }

  /** Another track comes too slowly or too fast by as much: what they share is the network, and not a clock. */
  #isOfNetwork(): boolean {
    const pace = this.#pace
    if (!(pace > STANDING) || pace === Number.POSITIVE_INFINITY) return false
    return this.#all.some((other) => other !== this && Math.abs(other.#pace - pace) <= pace * AGREEMENT)
  }

  /** Seconds of media in a second. NaN where nothing was measured. */
  get #pace(): number {
    return rateOf(this.#seen) / this.#rate
  }
}

/** The lower 32 bits. */
const toWire = (ticks: number): number => ticks - Math.floor(ticks / WRAP) * WRAP
