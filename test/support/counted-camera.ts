import { createInterface } from 'node:readline'
import { startCamera } from '../../bridge/simulated-camera/camera.ts'
import { startProcess } from './processes.ts'

/** A simulated camera that knows how many sessions it has, and has had. */
export interface CountedCamera {
  readonly url: string
  /** Sessions that play now. */
  readonly sessions: number
  /** Since it was started. */
  readonly sessionsEver: number
  close(): Promise<void>
}

export async function startCountedCamera(): Promise<CountedCamera> {
  const counter = new SessionCounter()
  const { url, close } = await startCamera({ log: (line) => counter.take(line) })
  return counted(counter, url, close)
}

/** The same in a process of its own. @param main path of the built program */
export async function startCountedCameraProcess(main: string): Promise<CountedCamera> {
  const counter = new SessionCounter()
  const args = [main, 'camera', '--port', '0']
  const running = await startProcess(process.execPath, args, { isReady: (line) => line.startsWith('Camera: ') })
  if (running.child.stdout) createInterface({ input: running.child.stdout }).on('line', (line) => counter.take(line))
  return counted(counter, running.readyLine.slice('Camera: '.length), () => running.stop())
}

/** Reads what the camera logs: who plays, and who is gone. */
class SessionCounter {
  readonly playing = new Set<string>()
  ever = 0

  take(line: string): void {
    const [peer = ''] = line.split(' ')
    if (/^\S+ plays /.test(line)) {
      this.playing.add(peer)
      this.ever++
    } else if (!/ was refused with /.test(line)) this.playing.delete(peer)
  }
}

const counted = (counter: SessionCounter, url: string, close: () => Promise<void>): CountedCamera => ({
  url,
  close,
  get sessions() {
    return counter.playing.size
  },
  get sessionsEver() {
    return counter.ever
  },
})
