import { beforeEach, describe, expect, it } from 'vitest'
import type { VideoConfiguration } from '../../../protocol/codec/configuration.ts'
import { DEPENDENT, UnitAssembler, type UnitFinding } from '../../../protocol/depacketizer/unit-assembler.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import { Ticks } from '../../../protocol/units.ts'

const CONFIGURATION: VideoConfiguration = {
  ...{ kind: 'video', codec: 'vp08.00.10.08', description: new Uint8Array(8), width: 16, height: 16 },
  ...{ pixelAspectRatio: 1, reorderDepth: 0 },
}
const KEY: UnitFinding = { kind: 'random-access', configuration: CONFIGURATION, start: 0 }

describe('the unit assembler', () => {
  let finding: UnitFinding
  let assembler: UnitAssembler
  const gather = (timestamp: number, bytes: ArrayLike<number>) => {
    assembler.arrive(0)
    assembler.border(Ticks(timestamp))
    assembler.append(Uint8Array.from(bytes), 0, bytes.length)
  }
  const pulled = () => [...(assembler.pull()?.data ?? [])]

  beforeEach(() => {
    finding = KEY
    assembler = new UnitAssembler(() => finding)
  })

  it('keeps the bytes of the units of one push apart until the next', () => {
    gather(0, [1, 2])
    gather(1, [3])
    assembler.mark()
    const [first, second] = [assembler.pull(), assembler.pull()]
    expect([[...(first?.data ?? [])], [...(second?.data ?? [])]]).toEqual([[1, 2], [3]])
    gather(2, [4, 5, 6])
    expect([...(first?.data ?? [])]).toEqual([1, 2])
  })

  it('gives only a part of what was gathered, where it is told to', () => {
    finding = { ...KEY, start: 2 }
    gather(0, [1, 2, 3])
    assembler.mark()
    expect(pulled()).toEqual([3])
  })

  it('counts as dropped what nobody pulled, and begins anew with the configuration', () => {
    gather(0, [1])
    assembler.mark()
    finding = DEPENDENT
    gather(1, [2])
    assembler.mark()
    expect(assembler.pull()).toBeNull()
    finding = KEY
    gather(2, [3])
    assembler.mark()
    expect(assembler.pull()).toMatchObject({ discontinuity: true, configuration: CONFIGURATION })
    expect(assembler.statistics).toEqual({ units: 2, dropped: 2, malformed: 0 })
  })

  it('gives the configuration again where any of it changed', () => {
    const changes: Partial<VideoConfiguration>[] = [
      ...[{}, { codec: 'vp08.00.11.08' }, { description: new Uint8Array(9) }, { description: Uint8Array.of(1) }],
      ...[{ width: 8 }, { height: 8 }, { pixelAspectRatio: 2 }, { reorderDepth: 1 }],
    ]
    for (const [index, change] of changes.entries()) {
      const configuration = { ...CONFIGURATION, ...change }
      finding = { kind: 'random-access', configuration, start: 0 }
      gather(index * 2, [1])
      assembler.mark()
      expect(assembler.pull()?.configuration).toBe(configuration)
      gather(index * 2 + 1, [1])
      assembler.mark()
      expect(assembler.pull()?.configuration).toBeUndefined()
    }
  })

  it('drops a unit that reaches the bound, once counted, and grows no further', () => {
    const half = new Uint8Array(LIMITS.accessUnitBytes / 2)
    gather(0, half)
    gather(0, half)
    assembler.mark()
    expect(assembler.pull()?.data).toHaveLength(LIMITS.accessUnitBytes)
    gather(1, half)
    gather(1, half)
    gather(1, [1])
    gather(1, half)
    assembler.mark()
    expect(assembler.pull()).toBeNull()
    expect(assembler.bytes.length).toBe(LIMITS.accessUnitBytes)
    expect(assembler.statistics).toEqual({ units: 1, dropped: 1, malformed: 1 })
  })
})
