import { execFileSync, spawnSync } from 'node:child_process'

/** What a program prints. @throws Error where it fails */
export const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 })

/** What ffmpeg says while it decodes all of a file, at its own times; empty where nothing is wrong. */
export const complaints = (path: string): string =>
  spawnSync(
    'ffmpeg',
    ['-v', 'warning', '-i', path, '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-'],
    { encoding: 'utf8' },
  ).stderr

/** MD5 of each decoded picture. */
export const pictures = (path: string): string[] =>
  run('ffmpeg', '-v', 'error', '-i', path, '-map', '0:v', '-f', 'framemd5', '-')
    .split('\n')
    .filter((line) => /^0,/.test(line))
    .map((line) => line.split(',').at(-1)?.trim() ?? '')

/** What ffprobe tells of a file. */
export interface Probed {
  readonly streams: readonly {
    readonly codec_type: string
    readonly codec_name: string
    readonly start_time: string
    readonly nb_read_packets: string
  }[]
  readonly format: { readonly duration: string }
}

export const probe = (path: string): Probed =>
  JSON.parse(run('ffprobe', '-v', 'error', '-count_packets', '-show_streams', '-show_format', '-of', 'json', path))
