/** What a client does about the status codes of RFC 2326 section 7.1.1 and RFC 7826 section 17. Their words: `status.ts`. */

/** What a client does. */
export type StatusAction =
  /** The answer is to come: wait. */
  | 'wait'
  | 'go-on'
  /** Ask at the address of the Location field. */
  | 'follow'
  /** Answer the challenge. */
  | 'authenticate'
  /** The session is gone: SETUP and PLAY again. */
  | 'set-up-anew'
  /** Ask again without the Range. */
  | 'without-range'
  /** Ask for each track instead of all at once, or the reverse. */
  | 'other-aggregation'
  /** Ask for another transport. */
  | 'other-transport'
  /** Ask again without the feature that was required. */
  | 'without-feature'
  /** Ask again later, each time later. */
  | 'back-off'
  /** Tell the person, who has to change something. */
  | 'give-up'

/** Codes that want something else than their class does. */
const EXCEPTIONS: Readonly<Record<number, StatusAction>> = {
  304: 'go-on',
  401: 'authenticate',
  407: 'authenticate',
  408: 'back-off',
  453: 'back-off',
  454: 'set-up-anew',
  455: 'set-up-anew',
  457: 'without-range',
  459: 'other-aggregation',
  460: 'other-aggregation',
  461: 'other-transport',
  462: 'other-transport',
  463: 'other-transport',
  464: 'back-off',
  472: 'back-off',
  501: 'give-up',
  505: 'give-up',
  551: 'without-feature',
}

/** By the first digit: RFC 2326 section 7.1.1 wants codes that are not known taken as x00. */
const CLASSES: readonly StatusAction[] = ['give-up', 'wait', 'go-on', 'follow', 'give-up', 'back-off']

/** What a client does about the code. */
export const statusAction = (code: number): StatusAction =>
  EXCEPTIONS[code] ?? CLASSES[Math.floor(code / 100)] ?? 'give-up'
