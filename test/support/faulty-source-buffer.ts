/** What a browser does with segments when it has had enough, which no real stream brings about at will. */
export type SegmentFault =
  /** It has no room. */
  | 'quota'
  /** It gets other bytes than those of the stream. */
  | 'garbage'
  /** It takes them and shows nothing. */
  | 'swallowed'

/** What `installSegmentFaults` leaves in the page. */
export interface SegmentFaults {
  /** What happens to segments from now on, until there is another SourceBuffer; undefined: nothing. */
  segmentFault: SegmentFault | undefined
  /** To how many at most. */
  segmentsLeft: number
}

/** To be run in the page before its own scripts, where MediaSource runs in the page. */
export function installSegmentFaults(): void {
  // The page has nothing of this file but this function.
  Object.defineProperty(MediaSource, 'canConstructInDedicatedWorker', { value: false })
  const faults = globalThis as unknown as SegmentFaults
  const { appendBuffer } = SourceBuffer.prototype
  const { addSourceBuffer } = MediaSource.prototype
  MediaSource.prototype.addSourceBuffer = function (this: MediaSource, type: string): SourceBuffer {
    faults.segmentFault = undefined
    return addSourceBuffer.call(this, type)
  }
  SourceBuffer.prototype.appendBuffer = function (this: SourceBuffer, data: BufferSource): void {
    const fault = faults.segmentFault
    faults.segmentsLeft -= 1
    if (faults.segmentsLeft <= 0) faults.segmentFault = undefined
    if (fault === 'quota') throw new DOMException('There is no room', 'QuotaExceededError')
    let bytes = data
    if (fault === 'swallowed') bytes = new Uint8Array(0)
    // A box that is said to be short, and holds none that anyone knows.
    else if (fault === 'garbage') bytes = Uint8Array.of(0, 0, 0, 8, 1, 2, 3, 4, 0, 0, 0, 1)
    appendBuffer.call(this, bytes)
  }
}
