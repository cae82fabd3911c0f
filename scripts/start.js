/**
 * `npm start [-- options]`: installs what is missing, builds what changed, and serves the demo page with live video from
 * the simulated camera. The options are those of `rtsp-bridge serve`.
 */
import { existsSync } from 'node:fs'
import { build, isBuilt } from './build.js'
import { installDependencies } from './dependencies.js'
import { checkNodeVersion, ROOT, runMain } from './steps.js'

const MAIN = `${ROOT}/dist/bridge/main.js`

const HELP = `npm start [-- options]

Installs what is missing, builds what changed, then serves the demo page with live video from a simulated camera
on http://127.0.0.1:8080. Ctrl-C stops all of it.

  --port PORT          port to listen on (default: $PORT or 8080)
  --host HOST          address to listen on (default: $HOST or 127.0.0.1); others than loopback need --auth none
  --allow HOST:PORT    a target that the page may name (an address, a CIDR range or a pattern, and a port);
                       may be repeated
`

await runMain(async () => {
  const options = process.argv.slice(2)
  if (options.includes('--help') || options.includes('-h')) {
    console.log(HELP)
    console.log('The options are handed to rtsp-bridge serve; `npx rtsp-bridge serve --help` lists all of them.')
    return
  }
  checkNodeVersion()
  await installDependencies()
  if (!isBuilt()) await build()
  if (!existsSync(MAIN)) throw new Error(`the build left no ${MAIN}`)

  // npm passes a signal on to the shell between it and this process, and a shell that ends tells nobody.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  watch.unref()

  // The bridge runs in this process: signals, exit code and the terminal are its own, and nothing can be left behind.
  // For a person, also where what is printed goes through a pipe; the last of two wins.
  process.argv = [process.execPath, MAIN, 'serve', '--demo', '--log-format', 'text', ...options]
  await import(new URL('../dist/bridge/main.js', import.meta.url).href)
})
