import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BRIDGE_CERTIFICATE, BRIDGE_KEY } from './bridge-certificate.ts'
import { type RunningProcess, startProcess } from './processes.ts'

/** The load balancers of Debian with what we ship for them, but for the addresses. */
export interface LoadBalancerOptions {
  /** Of 127.0.0.1, for HTTPS, with the certificate of the tests. */
  readonly port: number
  /** Of 127.0.0.1, as many as there are bridges; what is shipped names three. */
  readonly bridges: readonly number[]
  /** For its files. */
  readonly folder: string
  /** Of the repository. */
  readonly root?: string | undefined
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const shipped = (name: string, root = ROOT) => readFileSync(join(root, 'deploy', name), 'utf8')

/** Every text must be there: what is shipped may have changed. */
function put(text: string, replacements: readonly (readonly [string, string])[]): string {
  return replacements.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`${from} is not in what is shipped`)
    return before.replaceAll(from, to)
  }, text)
}

/** The ports in place of the addresses of the bridges; what is left of these goes, line by line. */
function putBridges(text: string, ports: readonly number[]): string {
  const addresses = ports.map((port, at) => [`192.0.2.${11 + at}:8080`, `127.0.0.1:${port}`] as const)
  return put(text, addresses).replace(/^.*192\.0\.2\.1\d:8080.*\n/gm, '')
}

export async function startNginx({ port, bridges, folder, root }: LoadBalancerOptions): Promise<RunningProcess> {
  const file = inFolder(folder)
  const site = put(putBridges(shipped('nginx.conf', root), bridges), [
    ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
    ['/etc/ssl/video.example.crt', file('tls.crt', BRIDGE_CERTIFICATE)],
    ['/etc/ssl/video.example.key', file('tls.key', BRIDGE_KEY)],
    ['/var/log/nginx', folder],
  ])
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  )
  const main = file(
    'nginx.conf',
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/main.log;
     events {} http { ${temporary.join(' ')} include ${file('site.conf', site)}; }`,
  )
  // It says nothing when it is ready; nor does the shell once it is nginx.
  return startProcess('/bin/sh', ['-c', `echo begun; exec /usr/sbin/nginx -e ${folder}/main.log -c ${main}`])
}

export async function startHaproxy({ port, bridges, folder, root }: LoadBalancerOptions): Promise<RunningProcess> {
  const file = inFolder(folder)
  const config = put(putBridges(shipped('haproxy.cfg', root), bridges), [
    ['bind :443', `bind 127.0.0.1:${port}`],
    ['/etc/haproxy/video.example.pem', file('tls.pem', BRIDGE_CERTIFICATE + BRIDGE_KEY)],
  ])
  return startProcess('/bin/sh', ['-c', `echo begun; exec /usr/sbin/haproxy -f ${file('haproxy.cfg', config)}`])
}

const inFolder =
  (folder: string) =>
  (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
