import { beforeEach, describe, expect, it } from 'vitest'
import { Mp4vEsDepacketizer } from '../../../protocol/depacketizer/mp4v-es.ts'
import { B_VOP, buildVisualConfig, GROUP_OF_VOP, I_VOP, P_VOP } from '../codec/mpeg4-visual-builder.ts'
import { pullAll, push } from './packets.ts'

const CONFIG = buildVisualConfig({ lowDelay: true })

describe('the MPEG-4 Visual depacketizer', () => {
  let depacketizer: Mp4vEsDepacketizer
  const give = (payload: readonly number[], timestamp = 0, marker = false, lost = 0) =>
    push(depacketizer, payload, { timestamp, marker, lost })

  beforeEach(() => {
    depacketizer = new Mp4vEsDepacketizer({ config: Uint8Array.from(CONFIG) })
  })

  describe('by RFC 6416', () => {
    it('gives a VOP in one packet, with the configuration of the SDP before the first', () => {
      const [unit] = give([...GROUP_OF_VOP, ...I_VOP], 90, true)
      expect(unit).toMatchObject({ data: [...GROUP_OF_VOP, ...I_VOP], timestamp: 90, randomAccess: true })
      expect(unit?.configuration).toMatchObject({ codec: 'mp4v.20.1', width: 640, height: 360, reorderDepth: 0 })
      expect([...(unit?.configuration?.description ?? [])]).toEqual(CONFIG)
      expect(give(P_VOP, 3090, true)).toMatchObject([{ data: P_VOP, randomAccess: false, configuration: undefined }])
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 0, malformed: 0 })
    })

    it('puts a VOP together of several packets, wherever it was cut', () => {
      give(I_VOP.slice(0, 5))
      give(I_VOP.slice(5, 6))
      expect(give(I_VOP.slice(6), 0, true)).toMatchObject([{ data: I_VOP }])
    })

    it('goes by the timestamp where there is no marker', () => {
      give(I_VOP)
      expect(give(P_VOP, 3000)).toMatchObject([{ data: I_VOP, timestamp: 0 }])
      depacketizer.flush()
      expect(pullAll(depacketizer)).toMatchObject([{ data: P_VOP, timestamp: 3000 }])
    })

    it('takes headers in band out of the sample, before the VOP and in packets of their own', () => {
      depacketizer = new Mp4vEsDepacketizer({ config: null, profileAndLevel: 3 })
      const headers = buildVisualConfig({ profileAndLevel: undefined })
      const [unit] = give([...headers, ...GROUP_OF_VOP, ...I_VOP], 0, true)
      expect(unit).toMatchObject({ data: [...GROUP_OF_VOP, ...I_VOP], configuration: { codec: 'mp4v.20.3' } })
      expect(give([...headers, ...P_VOP], 3000, true)).toMatchObject([{ data: P_VOP, randomAccess: false }])
      give(headers, 6000)
      expect(give(I_VOP, 6000, true)).toMatchObject([{ data: I_VOP, configuration: undefined }])
      expect(give(headers, 9000, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 3, dropped: 0, malformed: 0 })
    })

    it('begins at no VOP but an I-VOP, and not without headers', () => {
      expect(give(P_VOP, 0, true)).toEqual([])
      depacketizer = new Mp4vEsDepacketizer({ config: null })
      expect(give(I_VOP, 0, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 0, dropped: 1, malformed: 0 })
      expect(give([...CONFIG, ...I_VOP], 3000, true)).toMatchObject([{ randomAccess: true, discontinuity: true }])
    })
  })

  it('gives a new configuration where the headers change, from the next I-VOP on', () => {
    give(I_VOP, 0, true)
    const larger = buildVisualConfig({ width: 1280, height: 720 })
    expect(give([...larger, ...P_VOP], 3000, true)).toEqual([])
    expect(give(P_VOP, 6000, true)).toEqual([])
    expect(give(I_VOP, 9000, true)).toMatchObject([
      { discontinuity: true, configuration: { width: 1280, height: 720 } },
    ])
  })

  it('reckons with B-VOPs from the first I-VOP after one, where the headers leave them open', () => {
    depacketizer = new Mp4vEsDepacketizer({ config: Uint8Array.from(buildVisualConfig()) })
    expect(give(I_VOP, 0, true)).toMatchObject([{ configuration: { reorderDepth: 0 } }])
    expect(give(B_VOP, 3000, true)).toMatchObject([{ configuration: undefined }])
    expect(give(I_VOP, 6000, true)).toMatchObject([{ configuration: { reorderDepth: 1 } }])
    expect(give(B_VOP, 9000, true)).toHaveLength(1)
    expect(give(I_VOP, 12_000, true)).toMatchObject([{ configuration: undefined }])
  })

  it('gives nothing after a loss until the next I-VOP, counts it, and tells the gap', () => {
    give(I_VOP, 0, true)
    give(P_VOP.slice(0, 5), 3000)
    expect(give(P_VOP.slice(6), 3000, true, 1)).toEqual([])
    expect(give(P_VOP, 6000, true)).toEqual([])
    // The rest of an I-VOP.
    expect(give(I_VOP.slice(5), 9000, true, 2)).toEqual([])
    expect(give(I_VOP, 12_000, true)).toMatchObject([{ randomAccess: true, discontinuity: true }])
    expect(depacketizer.statistics).toEqual({ units: 2, dropped: 3, malformed: 0 })
  })

  describe('of what is against the format', () => {
    it('drops a VOP without its beginning, and what depends on it, though nothing was lost', () => {
      give(I_VOP, 0, true)
      expect(give([1, 2, 3, 4], 3000, true)).toEqual([])
      expect(give(P_VOP, 6000, true)).toEqual([])
      expect(depacketizer.statistics).toEqual({ units: 1, dropped: 2, malformed: 1 })
    })

    it('drops a unit whose headers cannot be read, and keeps those that it has', () => {
      give(I_VOP, 0, true)
      const bad = [...buildVisualConfig({ width: 0 }), ...I_VOP]
      for (const timestamp of [3000, 6000]) expect(give(bad, timestamp, true)).toEqual([])
      expect(give(I_VOP, 9000, true)).toMatchObject([{ discontinuity: true, configuration: undefined }])
      expect(depacketizer.statistics).toEqual({ units: 2, dropped: 2, malformed: 2 })
    })

    it('counts headers of the SDP that cannot be read, and waits for those in band', () => {
      depacketizer = new Mp4vEsDepacketizer({ config: Uint8Array.of(0, 0, 1, 0xb0) })
      expect(depacketizer.statistics.malformed).toBe(1)
      expect(give(I_VOP, 0, true)).toEqual([])
      expect(give([...CONFIG, ...I_VOP], 3000, true)).toHaveLength(1)
    })
  })
})
