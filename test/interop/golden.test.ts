import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  complaints,
  decodedSamples,
  type GoldenKind,
  type GoldenUnit,
  overlap,
  probePackets,
  probePictures,
  recordOurselves,
  recordWithFfmpeg,
} from '../support/golden.ts'
import { type Form, h264, h265, jpeg } from '../support/golden-forms.ts'
import { type GstMount, type GstServer, startGstServer } from '../support/gst-server.ts'

/**
 * Golden tests: what ffmpeg and we make of one stream must be the same, bit for bit and tick for tick. A row for each
 * codec: to add one, name its mount, and say how to bring both into one form where they hand it out differently.
 */
interface Row {
  readonly mount: GstMount
  readonly kind: GoldenKind
  /** Units that ffmpeg records; the rest follows from it. */
  readonly count: number
  readonly theirs?: Form
  readonly ours?: Form
  /** A file of nothing but pictures, where there is such a thing, by ffmpeg's name: then picture types are compared. */
  readonly raw?: { readonly format: string; readonly of: (units: readonly GoldenUnit[]) => Uint8Array }
  /** What ffmpeg makes of the units; default `-c copy`. */
  readonly options?: readonly string[]
  /** ffmpeg does not tell key pictures from others. */
  readonly keysUnknown?: boolean
  /** Ticks by which the times in segments may differ: small steps in the times of sound are closed there. */
  readonly closedSteps?: number
  /** What our segments hold: the units, the samples of the units as another codec, or there are none. Default the units. */
  readonly segments?: 'units' | 'samples' | 'none'
}

/** Sound that we hand out as samples, and as FLAC in segments. */
const SAMPLES = { kind: 'audio', options: ['-c', 'pcm_s16le'], segments: 'samples' } as const

const ROWS: readonly Row[] = [
  { mount: '/h264', kind: 'video', count: 60, ...h264 },
  { mount: '/h264-high', kind: 'video', count: 60, ...h264 },
  { mount: '/h264-b', kind: 'video', count: 80, ...h264 },
  { mount: '/h264-1080', kind: 'video', count: 60, ...h264 },
  { mount: '/h265', kind: 'video', count: 60, ...h265 },
  { mount: '/vp8', kind: 'video', count: 60 },
  { mount: '/vp9', kind: 'video', count: 60, options: ['-c', 'copy', '-copyinkf'], keysUnknown: true },
  { mount: '/mjpeg', kind: 'video', count: 50, ...jpeg, segments: 'none' },
  { mount: '/h264-aac', kind: 'audio', count: 100 },
  { mount: '/audio-only', kind: 'audio', count: 100 },
  { mount: '/h264-latm', kind: 'audio', count: 100 },
  { mount: '/h264-mp3', kind: 'audio', count: 110, closedSteps: 1152 * (90_000 / 44_100) },
  { mount: '/h264-opus', kind: 'audio', count: 100 },
  { mount: '/h264-pcmu', count: 50, ...SAMPLES },
  { mount: '/h264-pcma', count: 50, ...SAMPLES },
  { mount: '/h264-l16', count: 50, ...SAMPLES },
]

/** Units between two sender reports of a track at the least: the server sends one in 2.5 s or more. */
const UNITS_OF_A_REPORT = 20

const isBesidePicture = ({ mount, kind }: Row): boolean => kind === 'audio' && mount !== '/audio-only'

const asTheyAre: Form = (units) => [...units]

let server: GstServer
let folder = ''
beforeAll(async () => {
  server = await startGstServer()
  folder = await mkdtemp(join(tmpdir(), 'golden-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A recording as units and as a file, whose times have another zero than those of the other's. */
interface Take {
  readonly units: readonly GoldenUnit[]
  readonly path: string
}

/** All recordings of a mount. */
async function record({ mount, kind, count, options, theirs = asTheyAre, ours = asTheyAre, raw, ...row }: Row) {
  const url = server.url(mount)
  const place = await mkdtemp(join(folder, 'row-'))
  // We are first: the server refuses a second viewer who wants more tracks than the first while it makes them ready.
  const first = await recordOurselves(url, kind, row.segments === 'none' ? 'units' : 'segments')
  const second = await recordOurselves(url, kind, 'units')
  const packets = await recordWithFfmpeg(url, kind, count, place, options)
  // The last picture may lack slices.
  const golden = packets.filter(({ time }) => time !== packets.at(-1)?.time)
  const [segments, units] = [await first.stop(), await second.stop()]
  const [path, goldenPath] = [join(place, 'ours.mp4'), join(place, 'golden')]
  await writeFile(path, segments.file)
  if (raw) await writeFile(goldenPath, raw.of(golden))
  return {
    decodeTimes: segments.decodeTimes,
    segments: { units: ours(segments.units), path },
    units: ours(units.units),
    golden: { units: theirs(golden), path: goldenPath },
  }
}

type Pairs = ReturnType<typeof overlap>

/** What our times are ahead of theirs; of the first pair whose times are both known. */
function shiftOf(pairs: Pairs): number {
  const [ours, theirs] = pairs.find(([, { time }]) => time !== undefined) ?? []
  return (ours?.time ?? Number.NaN) - (theirs?.time ?? Number.NaN)
}

/** Bit for bit the same units, at the same times, with the same key flags. */
function expectTheSame(units: readonly GoldenUnit[], golden: readonly GoldenUnit[], row: Row, closedSteps = 0): void {
  const pairs = overlap(units, golden)
  // We are asked before ffmpeg is and stop later; but sound has no place before the first picture, a second away at most.
  expect(pairs.length).toBeGreaterThan(golden.length / 3)
  let shift = shiftOf(pairs)
  let placedAnew = Number.NEGATIVE_INFINITY
  for (const [index, [{ time: at = Number.NaN, key }, theirs]] of pairs.entries()) {
    // Where there are several tracks ffmpeg places what follows anew at each sender report, to the nearest tick of its clock.
    // A unit that alone is a tick off is none of that.
    const isPlacedAnew = isBesidePicture(row) && theirs.time !== undefined && Math.abs(at - theirs.time - shift) === 1
    if (isPlacedAnew && index - placedAnew >= UNITS_OF_A_REPORT) {
      shift = at - (theirs.time ?? Number.NaN)
      placedAnew = index
    }
    const expected = theirs.time === undefined ? at : theirs.time + shift
    if (closedSteps === 0) expect(at).toBe(expected)
    else expect(Math.abs(at - expected)).toBeLessThanOrEqual(closedSteps)
    if (!row.keysUnknown) expect(key).toBe(theirs.key)
  }
}

const inOrder = (units: readonly GoldenUnit[]): number[] =>
  units.map(({ time }) => time ?? Number.NEGATIVE_INFINITY).sort((one, other) => one - other)

/** Every picture is decoded, at its time; and those that both have are of the same types. */
async function expectSamePictures(ours: Take, golden: Take, format: string | undefined): Promise<void> {
  const pictures = await probePictures(ours.path)
  expect(pictures.map(({ time }) => time)).toEqual(inOrder(ours.units))
  if (format === undefined) return
  const times = inOrder(golden.units)
  const shift = shiftOf(overlap(ours.units, golden.units))
  const theirs = await probePictures(golden.path, format)
  expect(theirs).toHaveLength(times.length)
  const typesAt = new Map(pictures.map(({ time, key, type }) => [time, { key, type }]))
  for (const [index, { key, type }] of theirs.entries()) {
    const time = times[index] ?? Number.NaN
    if (Number.isFinite(time)) expect(typesAt.get(time + shift)).toEqual({ key, type })
  }
}

/** The same samples, from the unit on that the later of both begins with: our sound has no place before the first picture. */
function expectSameSamples(samples: Buffer, golden: readonly GoldenUnit[]): void {
  const later = golden.findIndex((_, from) => {
    const at = samples.indexOf(Buffer.concat(golden.slice(from).map(({ data }) => data)))
    return from === 0 ? at >= 0 : at === 0
  })
  expect(later).toBeGreaterThanOrEqual(0)
  expect(later).toBeLessThan((golden.length * 2) / 3)
}

/** The file can be read to the tick, and nobody has a complaint. */
async function expectFileInOrder({ units, path }: Take, decodeTimes: readonly number[]): Promise<void> {
  // Decode times step forward, and no sample is shown before it is decoded.
  expect(decodeTimes).toEqual([...new Set(decodeTimes)].sort((one, other) => one - other))
  expect(units.filter(({ time = 0 }, index) => time < (decodeTimes[index] ?? 0))).toEqual([])
  expect(await complaints(path)).toBe('')
  expect(await probePackets(path)).toEqual(units.map(({ time, key }) => ({ time, key })))
}

describe('what we and ffmpeg make of one stream', () => {
  it.concurrent.each(ROWS)(
    'is the same: $mount, $kind',
    async (row) => {
      const { segments, units, decodeTimes, golden } = await record(row)
      expectTheSame(units, golden.units, row)
      if (row.segments === 'none') return
      await expectFileInOrder(segments, decodeTimes)
      if (row.kind === 'video') await expectSamePictures(segments, golden, row.raw?.format)
      if (row.segments === 'samples') {
        expectSameSamples(await decodedSamples(segments.path), golden.units)
      } else {
        expectTheSame(segments.units, golden.units, row, row.closedSteps)
      }
    },
    60_000,
  )
})
