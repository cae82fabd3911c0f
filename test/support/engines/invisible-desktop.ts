import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A screen that nobody sees and a sound card that nobody hears, both of them real enough for a browser. */
export interface InvisibleDesktop {
  /** What a program needs in its environment to use them. */
  readonly env: Readonly<Record<string, string>>
  /** The pixels of the screen, in the format of `xwd`, as long as it runs. */
  readonly frameBuffer: string
  stop(): Promise<void>
}

const TIMEOUT = 10_000

const isThere = async (path: string): Promise<void> => {
  const end = performance.now() + TIMEOUT
  while (!existsSync(path)) {
    if (performance.now() > end) throw new Error(`PulseAudio was not ready within ${TIMEOUT / 1000} s`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/**
 * PulseAudio with one output that takes samples at their pace and forgets them; Xvfb where a screen is wanted, on a
 * display number that it finds free by itself.
 */
export const startInvisibleDesktop = async ({ screen }: { screen: boolean }): Promise<InvisibleDesktop> => {
  const home = mkdtempSync(join(tmpdir(), 'rtsp-player-desktop-'))
  const socket = join(home, 'sound')
  const pulse = spawn(
    'pulseaudio',
    [
      ...['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--disallow-exit'],
      ...['-L', 'module-null-sink rate=48000', '-L', `module-native-protocol-unix auth-anonymous=1 socket=${socket}`],
    ],
    { stdio: 'ignore', env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home } },
  )
  const x = screen
    ? spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp', '-ac', '-fbdir', home], {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      })
    : undefined

  const stop = async () => {
    for (const program of [pulse, x]) {
      if (!program || program.exitCode !== null || program.signalCode !== null || program.pid === undefined) continue
      const ended = once(program, 'exit')
      program.kill('SIGKILL')
      await ended
    }
    rmSync(home, { recursive: true, force: true })
  }

  try {
    const failed = (name: string) => (error: Error) => {
      throw new Error(`${name} cannot be started: ${error.message}`)
    }
    const displayed = x?.stdio[3]
    const display = displayed
      ? once(displayed, 'data', { signal: AbortSignal.timeout(TIMEOUT) }).then(([data]) => `:${String(data).trim()}`)
      : Promise.resolve(undefined)
    const [number] = await Promise.race([
      Promise.all([display, isThere(socket)]),
      once(pulse, 'error').then(([error]) => failed('PulseAudio')(error)),
      ...(x ? [once(x, 'error').then(([error]) => failed('Xvfb')(error))] : []),
    ])
    const env: Record<string, string> = { PULSE_SERVER: `unix:${socket}`, HOME: home, XDG_RUNTIME_DIR: home }
    if (number !== undefined) env['DISPLAY'] = number
    return { env, frameBuffer: join(home, 'Xvfb_screen0'), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
