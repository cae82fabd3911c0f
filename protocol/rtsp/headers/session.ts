/** Session header, RFC 2326 section 12.37. */
export interface SessionHeader {
  readonly id: string
  /** Seconds without a sign of life after which the server may drop the session. */
  readonly timeout: number
}

/** Section 12.37: where the server states none, sessions last a minute. */
export const DEFAULT_SESSION_TIMEOUT = 60

/** Whoever believes in more would overflow a timer; an early sign of life harms nobody. */
const LONGEST_SESSION_TIMEOUT = 3600

/**
 * `id;timeout=60` with blanks anywhere, commas for semicolons, and parameters that are not known; null where there is
 * no id.
 */
export function parseSession(value: string): SessionHeader | null {
  const [id = '', ...parameters] = value.split(/[;,]|\s(?=timeout\b)/i).map((part) => part.trim())
  if (id === '') return null
  let timeout = DEFAULT_SESSION_TIMEOUT
  for (const parameter of parameters) {
    const stated = Number(/^timeout\s*[=:]\s*"?(\d+)/i.exec(parameter)?.[1] ?? 0)
    if (stated > 0) timeout = Math.min(stated, LONGEST_SESSION_TIMEOUT)
  }
  return { id, timeout }
}

export const formatSession = (session: SessionHeader): string => `${session.id};timeout=${session.timeout}`
