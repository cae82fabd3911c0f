import { describe, expect, it, vi } from 'vitest'
import { ControlActions } from '../../../web/controls/control-actions.ts'
import type { ControlledPlayer } from '../../../web/controls/controlled-player.ts'
import type { MediaStateController } from '../../../web/controls/media-state.ts'
import type { PictureStage } from '../../../web/controls/picture/picture-stage.ts'
import { WHOLE_PICTURE } from '../../../web/controls/picture/picture-view.ts'
import type { PlayerFiles } from '../../../web/controls/saving.ts'
import { singleTimeRange } from '../../../web/playback/time-ranges.ts'

/** What is asked for by a key while a recording is played at a pace. */
const asked = (action: 'slower' | 'faster', playbackRate: number): unknown => {
  const request = vi.fn()
  const player = { duration: 60, seekable: singleTimeRange(0, 60), playbackRate } as unknown as ControlledPlayer
  const media = { state: {}, request } as unknown as MediaStateController
  const actions = new ControlActions(
    player,
    media,
    { view: WHOLE_PICTURE } as unknown as PictureStage,
    {} as PlayerFiles,
  )
  expect(actions.perform(action)).toBe(true)
  return request.mock.calls[0]?.[1]
}

describe('the keys for the pace', () => {
  it.each([
    ['faster', 1, 2],
    ['slower', 1, 0.5],
    ['faster', 8, undefined],
    ['slower', 0.25, undefined],
    // Of the page, or of a server that has no other.
    ['faster', 3, 4],
    ['slower', 3, 2],
    ['faster', 16, undefined],
  ] as const)('go on from any: %s than %d is %s', (action, now, next) => {
    expect(asked(action, now)).toBe(next)
  })
})
