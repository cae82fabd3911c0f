import { CLOSE, Refusal } from '../close-code.ts'

/** What may be allowed: to watch; to change parameters of the camera; to speak there; to send to it. */
export const RIGHTS = ['view', 'control', 'talk', 'publish'] as const
export type Right = (typeof RIGHTS)[number]

/** What someone may do, and until when. */
export interface Grant {
  /** Names of streams; `*` stands for anything within a folder, `**` for anything. */
  readonly streams: readonly string[]
  readonly rights: ReadonlySet<Right>
  /** Milliseconds of the Unix epoch; infinite where nothing has to be shown. */
  readonly expiresAt: number
  /** Who it is for; for the log. */
  readonly subject: string | undefined
}

/** Where no tickets are asked for everyone may watch everything. */
export const EVERYONE: Grant = {
  streams: ['**'],
  rights: new Set(['view']),
  expiresAt: Number.POSITIVE_INFINITY,
  subject: undefined,
}

/** Those of the rights that are known here. */
export const readRights = (names: readonly string[]): ReadonlySet<Right> =>
  new Set(names.filter((name): name is Right => (RIGHTS as readonly string[]).includes(name)))

/** Whether the grant is for a stream of this name. */
export const covers = (grant: Grant, name: string): boolean => grant.streams.some((glob) => matches(glob, name))

/** @throws Refusal 4403 */
export function mustCover(grant: Grant, name: string): void {
  if (!grant.rights.has('view') || !covers(grant, name)) {
    throw new Refusal(CLOSE.notAllowed, 'you may not watch this stream')
  }
}

/** Folder by folder, so that a glob costs no more than its length times that of the name. */
function matches(glob: string, name: string): boolean {
  if (glob === '**') return true
  const [globs, names] = [glob.split('/'), name.split('/')]
  if (globs.at(-1) === '**') {
    globs.pop()
    names.length = Math.min(names.length, globs.length)
  }
  return globs.length === names.length && globs.every((one, index) => matchesPart(one, names[index] ?? ''))
}

function matchesPart(glob: string, name: string): boolean {
  const [first = '', ...rest] = glob.split('*')
  const last = rest.pop()
  if (last === undefined) return glob === name
  if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false
  let at = first.length
  const end = name.length - last.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
