/** RFC 6184 in interleaved mode, the way out: for tests of the way back. */

/** A NAL unit with its place in decoding order. */
export interface Numbered {
  readonly nal: Uint8Array
  /** 16 bits. */
  readonly don: number
  readonly timestamp: number
}

export interface InterleavedPayload {
  readonly payload: Uint8Array
  readonly timestamp: number
}

/** A choice of a whole number from 0 to below `count`. */
export type Choose = (count: number) => number

const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff]
const headerOf = (nals: readonly Numbered[], type: number): number =>
  Math.max(...nals.map(({ nal }) => (nal[0] ?? 0) & 0x60)) | type

/** Section 5.7.1: units of one time whose numbers follow each other. */
export const stapB = (nals: readonly Numbered[]): InterleavedPayload => ({
  payload: Uint8Array.from([
    headerOf(nals, 25),
    ...u16(nals[0]?.don ?? 0),
    ...nals.flatMap(({ nal }) => [...u16(nal.length), ...nal]),
  ]),
  timestamp: nals[0]?.timestamp ?? 0,
})

/** Section 5.7.2: MTAP16 and MTAP24. `base` is the smallest number. */
export function mtap(nals: readonly Numbered[], bits: 16 | 24, base: number): InterleavedPayload {
  const timestamp = Math.min(...nals.map((one) => one.timestamp))
  const units = nals.flatMap(({ nal, don, ...one }) => {
    const offset = one.timestamp - timestamp
    const time = bits === 16 ? u16(offset) : [offset >> 16, ...u16(offset)]
    return [...u16(nal.length), (don - base) & 0xff, ...time, ...nal]
  })
  return { payload: Uint8Array.from([headerOf(nals, bits === 16 ? 26 : 27), ...u16(base), ...units]), timestamp }
}

/** Section 5.8: an FU-B and FU-As behind it, `size` bytes each. */
export function fuB({ nal, don, timestamp }: Numbered, size: number): InterleavedPayload[] {
  const header = nal[0] ?? 0
  const payloads: InterleavedPayload[] = []
  for (let at = 1; at < nal.length; at += size) {
    const first = at === 1
    const flags = (first ? 0x80 : 0) | (at + size >= nal.length ? 0x40 : 0) | (header & 0x1f)
    const head = first ? [(header & 0xe0) | 29, flags, ...u16(don)] : [(header & 0xe0) | 28, flags]
    payloads.push({ payload: Uint8Array.from([...head, ...nal.subarray(at, at + size)]), timestamp })
  }
  return payloads
}

/** The order of sending: no unit is sent behind more than `depth` that follow it in decoding order. */
export function interleave<T>(units: readonly T[], depth: number, choose: Choose): T[] {
  const left = units.map((unit) => ({ unit, passed: 0 }))
  const sent: T[] = []
  while (left.length > 0) {
    const stuck = left.findIndex(({ passed }) => passed >= depth)
    const at = choose(Math.min(left.length, depth + 1, stuck < 0 ? left.length : stuck + 1))
    for (const one of left.slice(0, at)) one.passed++
    for (const { unit } of left.splice(at, 1)) sent.push(unit)
  }
  return sent
}

/** Packets of units in their order of sending, of whatever kind is allowed. */
export function packetize(units: readonly Numbered[], choose: Choose): InterleavedPayload[] {
  const payloads: InterleavedPayload[] = []
  for (let at = 0; at < units.length; ) {
    const first = units[at]
    if (!first) break
    const kind = choose(4)
    if (kind === 0 && first.nal.length > 2) {
      payloads.push(...fuB(first, Math.max(1, Math.ceil((first.nal.length - 1) / (2 + choose(3))))))
      at++
      continue
    }
    const run = [first]
    const wanted = 1 + choose(4)
    for (let next = units[at + 1]; next && run.length < wanted; next = units[at + run.length]) {
      const follows = ((next.don - (run.at(-1)?.don ?? 0)) & 0xffff) === 1 && next.timestamp === first.timestamp
      if (kind === 1 && !follows) break
      run.push(next)
    }
    const base = run.reduce((least, { don }) => (((don - least) << 16) >> 16 < 0 ? don : least), first.don)
    payloads.push(kind === 1 ? stapB(run) : mtap(run, kind === 2 ? 24 : 16, base))
    at += run.length
  }
  return payloads
}
