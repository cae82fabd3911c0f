import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PaceChecks } from '../../../protocol/track/pace-check.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const RATE = 90_000

/** Two tracks, of which the first is noted a packet every 40 ms; and the second once. */
function checking() {
  const checks = new PaceChecks()
  const [picture, sound] = [checks.add(RATE), checks.add(8_000)]
  let packets = 0
  return {
    picture,
    sound,
    async note(count: number, ticks: number): Promise<void> {
      for (let i = 0; i < count; i++) picture.note((packets * ticks) >>> 0, packets++ * 40)
      await vi.dynamicImportSettled()
    },
  }
}

describe('a check of the pace', () => {
  it('loads nothing as long as packets come at the pace of their timestamps, roughly', async () => {
    const { picture, note } = checking()
    await note(1_000, 3_600)
    await note(1_000, 3_500)
    expect(picture.judge).toBeUndefined()
  })

  it('overlooks a beginning that came at once', async () => {
    const { picture, note } = checking()
    for (let i = 0; i < 250; i++) picture.note((i - 250) * 3_600, -1)
    await note(200, 3_600)
    expect(picture.judge).toBeUndefined()
  })

  it('has what judges loaded where they go by too slowly or too fast for a while, for each track of which something came', async () => {
    const { picture, sound, note } = checking()
    await note(60, 4_500)
    expect(picture.judge).toBeUndefined()
    sound.note(0, 0)
    await note(60, 4_500)
    expect(picture.judge).toBeDefined()
    expect(sound.judge).toBeDefined()
    const late = checking()
    await late.note(60, 40)
    expect(late.picture.judge).toBeDefined()
    expect(late.sound.judge).toBeUndefined()
  })
})
