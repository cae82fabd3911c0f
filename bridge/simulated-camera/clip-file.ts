import { readFile, stat } from 'node:fs/promises'
import { ProtocolError } from '../../protocol/errors.ts'
import type { G711Law } from '../../protocol/sound/g711.ts'
import type { Clip } from './clip.ts'
import { readClip, readSound, withSound } from './clip-reader.ts'
import { TICK_PERIOD, tickSound } from './tick-sound.ts'

/** A clip is held in memory. */
const MAXIMUM_FILE_BYTES = 1024 ** 3

/** The clips that come with the camera; make-clip.sh says what they show. */
const shipped = (name: string): URL => new URL(`./${name}.mp4`, import.meta.url)

/** Loads each clip that comes with the camera once. */
export class ShippedClips {
  readonly #loaded = new Map<string, Promise<Clip>>()

  /** A minute: H.264 and AAC. */
  lobby(): Promise<Clip> {
    return this.#once('clip')
  }

  /** Four seconds. */
  codec(codec: 'h265' | 'av1' | 'mjpeg'): Promise<Clip> {
    return this.#once(`clip-${codec}`)
  }

  /** The lobby with its tick in Opus. */
  async opus(): Promise<Clip> {
    const { track, period } = readSound(await loadFile(shipped('clip-opus')))
    return withSound(await this.lobby(), track, period)
  }

  /** The lobby with its tick in G.711. */
  async g711(law: G711Law): Promise<Clip> {
    return withSound(await this.lobby(), tickSound(law), TICK_PERIOD)
  }

  #once(name: string): Promise<Clip> {
    const known = this.#loaded.get(name)
    if (known) return known
    const loading = loadClip(shipped(name))
    this.#loaded.set(name, loading)
    loading.catch(() => this.#loaded.delete(name))
    return loading
  }
}

/** @throws ProtocolError `file-invalid` where the file cannot be read or played */
export async function loadClip(file: string | URL): Promise<Clip> {
  return readClip(await loadFile(file))
}

async function loadFile(file: string | URL): Promise<Uint8Array> {
  const name = file instanceof URL ? 'A clip of the simulated camera' : `The file ${file}`
  try {
    const { size } = await stat(file)
    if (size > MAXIMUM_FILE_BYTES) {
      throw new ProtocolError('file-invalid', `${name} has ${size} bytes`, { advice: 'Use a clip of less than 1 GB.' })
    }
    return await readFile(file)
  } catch (cause) {
    if (cause instanceof ProtocolError) throw cause
    throw new ProtocolError('file-invalid', `${name} cannot be read: ${(cause as Error).message}`, {
      cause,
      advice: 'Check the path of the file and that it may be read.',
    })
  }
}
