import { vi } from 'vitest'

/** Milliseconds; the shortest time-out of the code that is tested is as long. */
const STEP = 500

/**
 * The faked clock goes on by so many milliseconds, in steps, and at each of them what is loaded meanwhile has come: the disk
 * knows no such clock, and would else be late by seconds of it.
 */
export async function passes(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= STEP) {
    await vi.advanceTimersByTimeAsync(Math.min(left, STEP))
    await vi.dynamicImportSettled()
  }
}
