import { afterEach, describe, expect, it } from 'vitest'
import { type Bridge, type BridgeOptions, CLOSE, createBridge } from '../../../bridge/index.ts'
import { type SimulatedCamera, startCamera } from '../../../bridge/simulated-camera/camera.ts'
import { BridgePlayer } from '../../support/bridge-player.ts'
import { type Decide, type Portal, say, startPortal } from '../../support/portal.ts'
import { refusedPort } from '../../support/scripted-server.ts'
import { TestViewer } from '../../support/viewer.ts'

type HookOptions = Extract<BridgeOptions['auth'], { hook: unknown }>['hook']

let camera: SimulatedCamera | undefined
let portal: Portal | undefined
let bridge: Bridge | undefined
let log: string[] = []
afterEach(async () => {
  await bridge?.close()
  await portal?.close()
  await camera?.close()
  log = []
})

/** A portal that decides so, and a bridge that asks it. */
async function start(decide: Decide, hook: Partial<HookOptions> = {}, options: BridgeOptions = {}): Promise<Portal> {
  portal = await startPortal(decide)
  camera = await startCamera()
  const stream = { url: camera.url, mode: 'hub' } as const
  bridge = await createBridge({
    auth: { hook: { url: portal.url, ...hook } },
    streams: { lobby: stream, other: stream },
    log: (line) => log.push(line),
    ...options,
    limits: { sweepInterval: 20, ...options.limits },
  })
  return portal
}

const visit = (query = '?stream=lobby', headers: Record<string, string> = {}): TestViewer =>
  new TestViewer(bridge as Bridge, query, { headers })

const OPTIONS = Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n')

/** Whether it is served; or how it ended. */
async function outcome(viewer: TestViewer): Promise<'served' | number> {
  await viewer.opened()
  viewer.ws.send(OPTIONS)
  return await Promise.race([viewer.receives(12).then(() => 'served' as const), viewer.ended.then(({ code }) => code)])
}

const letIn: Decide = (_asked, response) => response.writeHead(204).end()

describe('a bridge that asks a portal', () => {
  it('says who wants to watch what, and lets in whom the portal lets in', async () => {
    const { asked } = await start(letIn)
    const viewer = visit('?stream=lobby&access_token=a.b.c', { Cookie: 'session=s1', 'User-Agent': 'test' })
    expect(await outcome(viewer)).toBe('served')
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({
      method: 'POST',
      path: '/may-watch',
      headers: { cookie: 'session=s1', 'content-type': 'application/json' },
      body: { who: { address: '127.0.0.1', ticket: 'a.b.c', userAgent: 'test' }, what: 'view', where: 'lobby' },
    })
  })

  it('hands on the Authorization of the visitor, unless it shows one of its own', async () => {
    const { asked } = await start(letIn)
    await outcome(visit('?stream=lobby', { Authorization: 'Basic dmlld2VyOng=' }))
    expect(asked[0]?.headers.authorization).toBe('Basic dmlld2VyOng=')
    await bridge?.reconfigure({ auth: { hook: { url: portal?.url ?? '', headers: { authorization: 'Bearer own' } } } })
    await outcome(visit('?stream=lobby', { Authorization: 'Bearer theirs' }))
    expect(asked[1]).toMatchObject({ headers: { authorization: 'Bearer own' }, body: { who: { ticket: 'theirs' } } })
  })

  it.each([
    [401, CLOSE.ticket, 'a valid ticket is needed'],
    [403, CLOSE.notAllowed, 'you may not watch this stream'],
  ])('sends away with its answer %i', async (status, code, reason) => {
    await start((_asked, response) => response.writeHead(status).end('the portal’s own words'))
    expect(await visit().ended).toEqual({ code, reason })
    expect(log.join()).not.toContain('could not be found out')
  })

  it.each<[string, Decide, Partial<HookOptions>, string]>([
    ['answers 500', (_asked, response) => response.writeHead(500).end(), {}, 'it answered 500'],
    ['answers 404', (_asked, response) => response.writeHead(404).end(), {}, 'it answered 404'],
    ['never answers', () => undefined, { timeoutMilliseconds: 100 }, 'did not answer in 0.1 s'],
    [
      'never ends its answer',
      (_asked, response) => response.writeHead(200).write('{'),
      { timeoutMilliseconds: 100 },
      'did not answer in 0.1 s',
    ],
    ['hangs up', (_asked, response) => response.destroy(), {}, 'cannot be asked'],
    [
      'answers without end',
      (_asked, response) => response.writeHead(200).end(Buffer.alloc(2 ** 20, ' ')),
      {},
      'its answer is too large',
    ],
    [
      'answers what is not JSON, and says it is',
      (_asked, response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('<html>'),
      {},
      'its answer is not JSON',
    ],
    [
      'answers JSON of another kind',
      (_asked, response) => say(response, { streams: [1] }),
      {},
      '"streams" of its answer is not as it must be',
    ],
  ])('lets nobody in where it %s, and says why in the log', async (_what, decide, hook, why) => {
    await start(decide, hook)
    expect(await visit().ended).toEqual({
      code: CLOSE.undecided,
      reason: 'the bridge cannot find out now who may watch',
    })
    expect(log.join('\n')).toContain(why)
  })

  it('lets nobody in where nothing listens there, and names no address', async () => {
    const port = await refusedPort()
    await start(letIn, { url: `http://127.0.0.1:${port}/may-watch?key=k1` })
    expect((await visit().ended).code).toBe(CLOSE.undecided)
    expect(log.join('\n')).toContain('it cannot be asked (ECONNREFUSED)')
    expect(log.join('\n')).not.toMatch(new RegExp(`${port}|may-watch|k1`))
  })

  it('follows no redirect: what the visitor showed is for the portal alone', async () => {
    const elsewhere = await startPortal(letIn)
    const { asked } = await start((_asked, response) => response.writeHead(307, { Location: elsewhere.url }).end())
    expect((await visit('?stream=lobby', { Cookie: 'session=s1' }).ended).code).toBe(CLOSE.undecided)
    expect([asked.length, elsewhere.asked.length]).toEqual([1, 0])
    await elsewhere.close()
  })

  it('takes the streams and rights that the portal names', async () => {
    await start(({ body: { where } }, response) =>
      where === 'lobby' ? say(response, { streams: ['other'] }) : say(response, { rights: ['publish'] }),
    )
    expect((await visit('?stream=lobby').ended).code).toBe(CLOSE.notAllowed)
    expect((await visit('?stream=other').ended).code).toBe(CLOSE.notAllowed)
  })

  it('asks when the first request says which stream it is', async () => {
    const { asked } = await start(({ body }, response) => response.writeHead(body.where === 'lobby' ? 200 : 403).end())
    const ask = async (name: string) => {
      const viewer = await visit('').opened()
      const uri = `rtsp://127.0.0.1:${bridge?.port}/${name}`
      viewer.ws.send(Buffer.from(`OPTIONS ${uri} RTSP/1.0\r\nCSeq: 1\r\n\r\n`))
      return await Promise.race([viewer.receives(12).then(() => 'served'), viewer.ended.then(({ code }) => code)])
    }
    expect(await ask('lobby')).toBe('served')
    expect(await ask('other')).toBe(CLOSE.notAllowed)
    expect(asked.map(({ body }) => body.where)).toEqual(['lobby', 'other'])
  })

  it('asks about nothing that cannot be the name of a stream', async () => {
    const { asked } = await start(letIn)
    for (const name of ['%2flobby', 'a%0d%0ab', 'x'.repeat(256), '', 'lobby%23low']) {
      expect((await visit(`?stream=${name}`).ended).code).toBe(CLOSE.noSuchStream)
    }
    expect(asked).toHaveLength(0)
  })

  it('lists the streams that the portal names', async () => {
    await start(({ headers, body: { what } }, response) => {
      if (headers.cookie === undefined) response.writeHead(401).end()
      else say(response, what === 'list' ? { streams: ['lob*'] } : {})
    })
    const list = (headers: Record<string, string>) => fetch(`${bridge?.url}api/streams`, { headers })
    expect((await list({})).status).toBe(401)
    const answer = (await (await list({ Cookie: 'session=s1' })).json()) as { streams: { name: string }[] }
    expect(answer.streams.map(({ name }) => name)).toEqual(['lobby'])
  })

  it('writes into no log what it shows, nor what visitors show', async () => {
    const lines = ['its-own-Kx7', 'ticket-Zq9', 'cookie-Wv3', 'basic-Uj5']
    await start((_asked, response) => response.writeHead(500, lines[0]).end(lines.join()), {
      headers: { 'X-Key': 'its-own-Kx7' },
    })
    await visit('?stream=lobby&access_token=ticket-Zq9', { Cookie: 'a=cookie-Wv3', Authorization: 'Basic basic-Uj5' })
      .ended
    await expect.poll(() => log.some((line) => line.includes('a viewer is gone'))).toBe(true)
    expect(log.join('\n')).not.toMatch(new RegExp(lines.join('|')))
  })

  it('counts refusals among the tickets that are no good', async () => {
    await start((_asked, response) => response.writeHead(403).end())
    await visit().ended
    expect(await (await fetch(`${bridge?.url}metrics`)).text()).toContain('rtsp_bridge_tickets_refused_total 1')
  })
})

describe('what a portal granted', () => {
  const inSeconds = (seconds: number) => Date.now() / 1000 + seconds

  it('is asked for again on the open connection when it ends, and the player notices nothing', async () => {
    const { asked } = await start((_asked, response) => say(response, { expires: inSeconds(1), subject: 'ada' }))
    const player = await BridgePlayer.open(bridge as Bridge, 'lobby', 'a.b.c')
    await expect.poll(() => asked.length, { timeout: 4_000 }).toBe(3)
    expect(asked[2]?.body).toMatchObject({ who: { ticket: 'a.b.c' }, what: 'view', where: 'lobby' })
    const { length } = player.pictures
    await player.until(({ pictures }) => pictures.length > length + 5)
    await player.pipeline.close()
    await expect.poll(() => log.some((line) => line.includes('a viewer is gone') && line.includes('ada'))).toBe(true)
  })

  it.each([
    [403, CLOSE.notAllowed],
    [401, CLOSE.ticket],
    [500, CLOSE.undecided],
  ])('ends with the connection where the portal then answers %i', async (status, code) => {
    const { asked } = await start((_asked, response) => {
      if (asked.length > 1) response.writeHead(status).end()
      else say(response, { expires: inSeconds(1) })
    })
    const viewer = visit()
    expect(await outcome(viewer)).toBe('served')
    expect((await viewer.ended).code).toBe(code)
  })

  it('counts as nothing where it has ended already', async () => {
    await start((_asked, response) => say(response, { expires: inSeconds(-1) }))
    expect(await visit().ended).toEqual({ code: CLOSE.ticket, reason: 'what was granted has expired' })
  })

  it('is asked for again with a ticket that comes on the open connection', async () => {
    const { asked } = await start(({ body }, response) =>
      response.writeHead(body.who['ticket'] === 'second' ? 401 : 200).end(),
    )
    const viewer = visit('?stream=lobby&access_token=first')
    expect(await outcome(viewer)).toBe('served')
    viewer.ws.send('third')
    await expect.poll(() => asked.map(({ body }) => body.who['ticket'])).toEqual(['first', 'third'])
    viewer.ws.send('second')
    expect((await viewer.ended).code).toBe(CLOSE.ticket)
  })

  it('is asked for each time, unless answers are kept; and those only for the same question', async () => {
    const { asked } = await start(letIn)
    for (let i = 0; i < 2; i++) expect(await outcome(visit())).toBe('served')
    expect(asked).toHaveLength(2)
    await bridge?.reconfigure({
      auth: { hook: { url: portal?.url ?? '', cacheMilliseconds: 60_000 } },
      streams: { lobby: { url: camera?.url ?? '', mode: 'hub' } },
    })
    for (let i = 0; i < 3; i++) expect(await outcome(visit('?stream=lobby', { Cookie: 'session=a' }))).toBe('served')
    expect(asked).toHaveLength(3)
    expect(await outcome(visit('?stream=lobby', { Cookie: 'session=b' }))).toBe('served')
    expect(asked).toHaveLength(4)
  })
})

it('an answer that is kept is not used beyond its own end', async () => {
  const { asked } = await start((_asked, response) => say(response, { expires: Date.now() / 1000 + 1 }), {
    cacheMilliseconds: 60_000,
  })
  expect(await outcome(visit())).toBe('served')
  expect(await outcome(visit())).toBe('served')
  expect(asked).toHaveLength(1)
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  expect(await outcome(visit())).toBe('served')
  expect(asked.length).toBeGreaterThan(1)
})

describe('many visitors at the same time', () => {
  it('are asked about so many at a time, and each is let in', async () => {
    const { asked } = await start((_asked, response) => setTimeout(() => response.writeHead(200).end(), 20), {
      concurrency: 3,
    })
    const viewers = Array.from({ length: 20 }, () => visit())
    expect(new Set(await Promise.all(viewers.map(outcome)))).toEqual(new Set(['served']))
    expect(asked).toHaveLength(20)
    expect(portal?.mostPending).toBe(3)
  })

  it('who leave while they wait are not asked about', async () => {
    const waiting: (() => void)[] = []
    const { asked } = await start((_asked, response) => waiting.push(() => response.writeHead(200).end()), {
      concurrency: 1,
    })
    const [first, second] = [visit(), visit('?stream=other')]
    await Promise.all([first.opened(), second.opened()])
    await expect.poll(() => asked.length).toBe(1)
    const left = asked[0]?.body.where === 'lobby' ? second : first
    left.ws.terminate()
    await expect.poll(() => bridge?.viewers).toBe(1)
    waiting[0]?.()
    expect(await outcome(left === first ? second : first)).toBe('served')
    expect(asked).toHaveLength(1)
  })

  it('whose question is pending when the bridge closes do not hold it up', async () => {
    const { asked } = await start(() => undefined)
    await visit().opened()
    await expect.poll(() => asked.length).toBe(1)
    await bridge?.close()
    await expect.poll(() => portal?.pending).toBe(0)
  })
})

describe('a hook that cannot be used', () => {
  it.each([
    ['an address that is none', { url: 'portal' }, 'https://'],
    ['a password in the address', { url: 'https://a:hunter2@portal.example/' }, 'user and password'],
    ['a line end in a header', { url: 'https://p.example/', headers: { 'X-Key': 'a\r\nb' } }, 'X-Key'],
    ['a header of the connection', { url: 'https://p.example/', headers: { Host: 'a' } }, 'Host'],
    ['a name that is none', { url: 'https://p.example/', headers: { 'a b': 'a' } }, 'not the name of a header'],
  ])('is refused at the start: %s', async (_what, hook, message) => {
    const starting = createBridge({ auth: { hook } })
    await expect(starting).rejects.toThrow(message)
    await expect(starting).rejects.not.toThrow('hunter2')
  })
})
