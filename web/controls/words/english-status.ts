import type { StatusWords } from './words.ts'

/** The only words that every viewer loads. */
export const ENGLISH_STATUS: StatusWords = {
  connecting: 'Connecting…',
  waitingForKeyframe: 'Waiting for the picture…',
  reconnecting: 'Reconnecting…',
  reconnectingIn: 'Reconnecting in {time}',
  stalled: 'The picture stands still',
  stale: 'Picture is {age} old',
  ended: 'The stream has ended',
  autoplayBlocked: 'The browser wants a click before it plays',
  soundOnly: 'Sound only: there is no picture',
  slow: 'It takes longer than usual.',
  play: 'Play',
  playAgain: 'Play again',
  retry: 'Try again',
  details: 'Details',
}
