import { beforeEach, describe, expect, it } from 'vitest'
import { OpusDepacketizer } from '../../../protocol/depacketizer/opus.ts'
import { pullAll, push } from './packets.ts'

/** CELT, 20 ms, one frame. */
const MONO = [31 << 3, 1, 2, 3]
const STEREO = [(31 << 3) | 4, 4, 5, 6]
/** SILK, 60 ms, one frame. */
const LONG = [3 << 3, 7, 8]

describe('the Opus depacketizer', () => {
  let depacketizer: OpusDepacketizer
  const give = (payload: readonly number[], timestamp = 0, lost = 0) => push(depacketizer, payload, { timestamp, lost })
  beforeEach(() => {
    depacketizer = new OpusDepacketizer()
  })

  it('gives each packet as a unit, with the duration that it states', () => {
    expect(give(MONO, 100)).toMatchObject([
      {
        ...{ data: MONO, timestamp: 100, duration: 960, randomAccess: true, discontinuity: false },
        configuration: { codec: 'opus', sampleRate: 48_000, channels: 1 },
      },
    ])
    expect(give(LONG, 1060)).toMatchObject([{ data: LONG, duration: 2880, configuration: undefined }])
  })

  it('is stereo by the fmtp, or from the first stereo packet on', () => {
    expect(give(MONO)[0]?.configuration).toMatchObject({ channels: 1 })
    expect(give(STEREO, 960)[0]?.configuration).toMatchObject({ channels: 2 })
    expect(give(MONO, 1920)[0]?.configuration).toBeUndefined()
    expect(give(STEREO, 2880)[0]?.configuration).toBeUndefined()
    depacketizer = new OpusDepacketizer({ stereo: true })
    expect(give(MONO)[0]?.configuration).toMatchObject({ channels: 2 })
  })

  it('takes time without packets for silence, not for a loss', () => {
    give(MONO, 0)
    expect(give(MONO, 19_200)).toMatchObject([{ timestamp: 19_200, discontinuity: false }])
    expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
  })

  it('tells of lost packets', () => {
    give(MONO, 0)
    expect(give(MONO, 1920, 1)).toMatchObject([{ discontinuity: true }])
  })

  it('counts what is no Opus, and goes on', () => {
    give(MONO, 0)
    expect(give([], 960)).toEqual([])
    expect(give([(31 << 3) | 3, 0], 960)).toEqual([])
    expect(give(MONO, 1920)).toMatchObject([{ data: MONO, discontinuity: true }])
    expect(depacketizer.statistics).toEqual({ units: 2, dropped: 2, malformed: 2 })
  })

  it('holds nothing back', () => {
    give(MONO)
    depacketizer.flush()
    expect(pullAll(depacketizer)).toEqual([])
  })
})
