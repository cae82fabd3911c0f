import { type ProcessResult, runProcess } from './processes.ts'

const ATTEMPTS = 3
/** It takes some two seconds. */
const TIMEOUT = 8_000

/**
 * A pipeline of GStreamer's client, to its end. The `rtspsrc` of 1.22 stands still before it plays now and then, while data
 * comes, or breaks off as it ends: 15 and 1 of 160 times with GStreamer's own server on a busy machine. So it is asked again;
 * a camera that is at fault fails each time.
 */
export async function runGstreamer(pipeline: string): Promise<ProcessResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await runProcess('gst-launch-1.0', ['-q', ...pipeline.split(' ')], { timeout: TIMEOUT })
    if (result.code === 0 || attempt === ATTEMPTS) return result
  }
}
