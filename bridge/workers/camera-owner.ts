import { createHash } from 'node:crypto'

/**
 * The worker, from 1 to `count`, that has the camera of a stream: rendezvous hashing, so that each worker finds the same
 * one by itself, and another number of workers moves no more streams than it must.
 */
export function cameraOwner(stream: string, count: number): number {
  let owner = 1
  let highest = -1
  for (let worker = 1; worker <= count; worker++) {
    const weight = createHash('sha256').update(`${worker} ${stream}`).digest().readUIntBE(0, 6)
    if (weight <= highest) continue
    highest = weight
    owner = worker
  }
  return owner
}
