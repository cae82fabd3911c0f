import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test('npm start leaves nothing running when the shell that npm put in between is ended', async () => {
  // `; true` keeps the shell from becoming the program.
  const shell = spawn('sh', ['-c', 'node scripts/start.js --port 0; true'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const chunk of shell.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += chunk
    if (printed.includes('Player: ')) break
  }
  const url = /Player: (\S+)/.exec(printed)?.[1] ?? ''
  expect((await fetch(url)).status).toBe(200)
  shell.kill('SIGTERM')
  // The pipe is closed when the last program that could write to it has ended.
  shell.stdout.resume()
  await once(shell.stdout, 'close')
  await expect(fetch(url)).rejects.toThrow()
})
