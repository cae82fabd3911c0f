import { ProtocolError } from './errors.ts'
import { LIMITS } from './limits.ts'

/**
 * Code that is loaded when it is needed. Browsers set no limit to the time that an `import()` may take; this does.
 *
 * @param task what it does, for a person
 * @throws ProtocolError `part-not-loaded`
 */
export async function loadPart<Part>(task: string, load: () => Promise<Part>): Promise<Part> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it took too long')), LIMITS.loadMilliseconds)
  })
  try {
    return await Promise.race([load(), late])
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ProtocolError('part-not-loaded', `What ${task} could not be loaded: ${reason}`, { cause })
  } finally {
    clearTimeout(timer)
  }
}
