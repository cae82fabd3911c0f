import { ByteReader } from '../../protocol/bytes/byte-reader.ts'
import { ProtocolError } from '../../protocol/errors.ts'
import { type Box, findBox, needBox } from './mp4-box.ts'

/** A day of 50 pictures a second: more is not a clip, and the tables are read into memory. */
const MAXIMUM_SAMPLES = 24 * 3600 * 50

export interface TableSample {
  readonly data: Uint8Array
  readonly decodeTime: number
  readonly compositionOffset: number
  readonly sync: boolean
}

export interface SampleTable {
  readonly samples: readonly TableSample[]
  /** Sum of the samples' durations in the track's timescale. */
  readonly duration: number
}

/**
 * Reads the sample table of ISO/IEC 14496-12 section 8.5 to 8.7: when each sample is due, where it lies, and whether a
 * decoder can start there. @throws ProtocolError `file-invalid`
 */
export function readSampleTable(bytes: Uint8Array, stbl: Box): SampleTable {
  const sizes = readSizes(bytes, stbl)
  const offsets = readOffsets(bytes, stbl, sizes)
  const deltas = readRuns(bytes, needBox(bytes, stbl, 'stts'), sizes.length, false)
  const ctts = findBox(bytes, stbl, 'ctts')
  const compositionOffsets = ctts && readRuns(bytes, ctts, sizes.length, true)
  const stss = findBox(bytes, stbl, 'stss')
  const sync = stss && readSyncSamples(bytes, stss)

  const samples: TableSample[] = []
  let decodeTime = 0
  for (const [index, size] of sizes.entries()) {
    const offset = offsets[index] ?? 0
    if (offset + size > bytes.length) {
      throw invalid(`Sample ${index + 1} lies beyond the end of the file: it was cut off`, offset)
    }
    samples.push({
      data: bytes.subarray(offset, offset + size),
      decodeTime,
      compositionOffset: compositionOffsets?.[index] ?? 0,
      // Without `stss` every sample is a sync sample (section 8.6.2.1).
      sync: sync ? sync.has(index + 1) : true,
    })
    decodeTime += deltas[index] ?? 0
  }
  return { samples, duration: decodeTime }
}

/** `stsz` or the compact `stz2` (section 8.7.3). */
function readSizes(bytes: Uint8Array, stbl: Box): readonly number[] {
  const stsz = findBox(bytes, stbl, 'stsz')
  const reader = open(bytes, stsz ?? needBox(bytes, stbl, 'stz2'))
  const uniform = stsz ? reader.u32() : 0
  const bits = stsz ? 32 : reader.u32() & 0xff
  const count = checkCount(reader, reader.u32())
  if (uniform > 0) {
    // A few bytes could announce millions of samples otherwise.
    if (uniform * count > bytes.length)
      throw invalid(`${count} samples of ${uniform} bytes do not fit the file`, stbl.start)
    return new Array<number>(count).fill(uniform)
  }
  const sizes: number[] = []
  if (bits === 4) {
    for (let i = 0; i < count; i += 2) {
      const pair = reader.u8()
      sizes.push(pair >> 4, pair & 0x0f)
    }
    sizes.length = count
    return sizes
  }
  if (bits !== 8 && bits !== 16 && bits !== 32) throw invalid(`stz2 has sizes of ${bits} bits`, reader.position)
  for (let i = 0; i < count; i++) sizes.push(bits === 8 ? reader.u8() : bits === 16 ? reader.u16() : reader.u32())
  return sizes
}

/** Where each sample lies: chunks (`stco`, `co64`) and how many samples each holds (`stsc`), section 8.7.4 and 8.7.5. */
function readOffsets(bytes: Uint8Array, stbl: Box, sizes: readonly number[]): readonly number[] {
  const stco = findBox(bytes, stbl, 'stco')
  const chunks = open(bytes, stco ?? needBox(bytes, stbl, 'co64'))
  const chunkCount = checkCount(chunks, chunks.u32())
  const stsc = open(bytes, needBox(bytes, stbl, 'stsc'))
  let runsLeft = stsc.u32()
  const nextRun = (): { firstChunk: number; samples: number } | null => {
    if (runsLeft === 0) return null
    runsLeft--
    const run = { firstChunk: stsc.u32(), samples: stsc.u32() }
    stsc.skip(4)
    return run
  }

  const offsets: number[] = []
  let run = nextRun()
  let following = nextRun()
  for (let chunk = 1; chunk <= chunkCount && offsets.length < sizes.length; chunk++) {
    while (following && following.firstChunk <= chunk) {
      run = following
      following = nextRun()
    }
    let offset = stco ? chunks.u32() : chunks.u64()
    for (let i = run?.samples ?? 0; i > 0 && offsets.length < sizes.length; i--) {
      const size = sizes[offsets.length] ?? 0
      offsets.push(offset)
      offset += size
    }
  }
  if (offsets.length < sizes.length) {
    throw invalid(`The chunks hold ${offsets.length} samples of ${sizes.length}`, stbl.start)
  }
  return offsets
}

/** One value for each sample from runs of (count, value): `stts`, and `ctts` with a sign (section 8.6.1). */
function readRuns(bytes: Uint8Array, box: Box, sampleCount: number, signed: boolean): readonly number[] {
  const reader = open(bytes, box)
  const values: number[] = []
  for (let runs = reader.u32(); runs > 0 && values.length < sampleCount; runs--) {
    const count = Math.min(reader.u32(), sampleCount - values.length)
    const value = reader.u32()
    // Version 0 of `ctts` is unsigned, yet writers put negative offsets there too.
    for (let i = 0; i < count; i++) values.push(signed ? value | 0 : value)
  }
  if (values.length < sampleCount) {
    throw invalid(`${box.type} holds ${values.length} samples of ${sampleCount}`, box.start)
  }
  return values
}

/** Numbers of the samples, from 1, where a decoder can start (section 8.6.2). */
function readSyncSamples(bytes: Uint8Array, stss: Box): ReadonlySet<number> {
  const reader = open(bytes, stss)
  const numbers = new Set<number>()
  for (let left = checkCount(reader, reader.u32()); left > 0; left--) numbers.add(reader.u32())
  return numbers
}

/** A reader behind version and flags. */
function open(bytes: Uint8Array, box: Box): ByteReader {
  const reader = new ByteReader(bytes, box.start, box.end, 'file-invalid')
  reader.skip(4)
  return reader
}

function checkCount(reader: ByteReader, count: number): number {
  if (count > MAXIMUM_SAMPLES)
    throw invalid(`A table has ${count} entries, more than ${MAXIMUM_SAMPLES}`, reader.position)
  return count
}

const invalid = (message: string, byte: number): ProtocolError =>
  new ProtocolError('file-invalid', message, { place: { byte } })
