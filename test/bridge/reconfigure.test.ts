import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { serve } from '../../bridge/commands/serve.ts'
import { type Bridge, type BridgeOptions, CLOSE, createBridge, StartError } from '../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../bridge/simulated-camera/camera.ts'
import { BridgePlayer } from '../support/bridge-player.ts'
import { TestViewer } from '../support/viewer.ts'

let camera: SimulatedCamera
let bridge: Bridge | undefined
beforeAll(async () => {
  camera = await startCamera()
})
afterEach(() => bridge?.close())
afterAll(() => camera.close())

const start = async (options: BridgeOptions): Promise<Bridge> => {
  bridge = await createBridge(options)
  return bridge
}

describe('a bridge that is configured anew while it runs', () => {
  it('keeps the viewers of what stays as it is, and sends away those of the others', async () => {
    const lobby = { url: camera.url, mode: 'hub' } as const
    const running = await start({
      streams: { lobby, gone: lobby, changed: { ...lobby, user: 'a' }, archive: { ...lobby, mode: 'proxy' } },
    })
    const players = await Promise.all(
      ['lobby', 'gone', 'changed', 'archive'].map((name) => BridgePlayer.open(running, name)),
    )
    const [kept, gone, changed, archive] = players as [BridgePlayer, BridgePlayer, BridgePlayer, BridgePlayer]
    for (const player of players) await player.until(({ pictures }) => pictures.length >= 1)
    await running.reconfigure({
      streams: { lobby, added: lobby, changed: { ...lobby, user: 'b' }, archive: { ...lobby, mode: 'proxy' } },
    })
    for (const player of [gone, changed]) expect(await player.closed).not.toBeNull()
    for (const player of [kept, archive]) {
      const { length } = player.pictures
      await player.until(({ pictures }) => pictures.length >= length + 5)
      expect(player.pipeline.statistics().tracks[0]).toMatchObject({ lost: 0, restarts: 0 })
      await player.pipeline.close()
    }
    const added = await BridgePlayer.open(running, 'added')
    await added.until(({ pictures }) => pictures.length >= 1)
    await added.pipeline.close()
    expect((await new TestViewer(running, '?stream=gone').ended).code).toBe(CLOSE.noSuchStream)
  })

  it('stays as it was where that cannot be used', async () => {
    const running = await start({ streams: { lobby: { url: camera.url, mode: 'hub' } } })
    await expect(running.reconfigure({ streams: { 'a b': { url: camera.url } } })).rejects.toThrow(TypeError)
    const player = await BridgePlayer.open(running, 'lobby')
    await player.pipeline.close()
  })

  it('does not open itself to everyone by that', async () => {
    const running = await start({ host: '0.0.0.0', auth: 'none' })
    await expect(running.reconfigure({})).rejects.toThrow(StartError)
  })
})

describe('rtsp-bridge serve --config', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bridge-reload-'))
  const file = join(folder, 'bridge.yaml')
  afterAll(() => rmSync(folder, { recursive: true }))

  it('reads its file again when it is told to, and goes on with what it has where that is wrong', async () => {
    const stream = (name: string) => `streams:\n  ${name}:\n    url: ${camera.url}\n`
    writeFileSync(file, stream('one'))
    const lines: string[] = []
    const args = ['--config', file, '--port', '0']
    const running = await serve.run(args, { print: (line) => lines.push(line), environment: {} })
    const port = Number(/:(\d+)\//.exec(lines.join('\n'))?.[1])
    const names = async () => {
      const { streams } = (await (await fetch(`http://127.0.0.1:${port}/api/streams`)).json()) as {
        streams: { name: string }[]
      }
      return streams.map(({ name }) => name)
    }
    expect(await names()).toEqual(['one'])
    writeFileSync(file, `${stream('two')}    mode: fast\n`)
    await running.reload?.()
    expect(await names()).toEqual(['one'])
    expect(lines.at(-1)).toContain(':4: streams.two.mode')
    writeFileSync(file, stream('two'))
    await running.reload?.()
    expect(await names()).toEqual(['two'])
    await running.close()
  })
})
