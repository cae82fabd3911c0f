import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { bridgeOptions } from '../../bridge/config/bridge-options.ts'
import { parseConfig } from '../../bridge/config/read-config.ts'
import { DEFAULT_DRAIN } from '../../bridge/drain.ts'
import { makeRules } from '../../bridge/rules.ts'

const deploy = (name: string) => readFileSync(fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)), 'utf8')

/** Seconds that a stop takes at most, beside those of the drain: see `STOP_TIMEOUT` of the program. */
const STOP_SECONDS = 3

const secrets = mkdtempSync(join(tmpdir(), 'bridge-deploy-'))
afterAll(() => rmSync(secrets, { recursive: true }))

describe('what deploy/ holds for Kubernetes', () => {
  const documents = parseAllDocuments(deploy('kubernetes.yaml')).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })
  const ofKind = (kind: string) => documents.find((one) => one.kind === kind)
  for (const name of ['ticket-secret', 'lobby-password']) writeFileSync(join(secrets, name), 'x'.repeat(32))
  const text = ofKind('ConfigMap').data['bridge.yaml'].replaceAll('/run/secrets/rtsp-bridge', secrets)
  const options = bridgeOptions(parseConfig(text, 'bridge.yaml', {}))
  const pod = ofKind('Deployment').spec.template.spec
  const [container] = pod.containers

  it('has a configuration that a bridge starts with, for others, with tickets', () => {
    expect(() => makeRules(options, '0.0.0.0')).not.toThrow()
    expect(options.auth).toHaveProperty('tickets')
  })

  it('waits longer than the drain takes', () => {
    const { noticeMilliseconds = 0, spreadMilliseconds = 0 } = options.drain ?? {}
    expect(noticeMilliseconds).toBeGreaterThan(0)
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      (noticeMilliseconds + spreadMilliseconds) / 1000 + STOP_SECONDS,
    )
  })

  it('asks for health where that is answered', () => {
    const ports = new Map(
      container.ports.map((one: { name: string; containerPort: number }) => [one.name, one.containerPort]),
    )
    expect(ports.get('operations')).toBe(options.operations?.port)
    expect(ports.get('http')).toBe(parseConfig(text, '', {}).listen.port)
    for (const [probe, path] of [
      ['livenessProbe', '/healthz'],
      ['startupProbe', '/healthz'],
      ['readinessProbe', '/readyz'],
    ]) {
      expect(container[probe as string].httpGet).toEqual({ path, port: 'operations' })
    }
    expect(ofKind('Service').spec.ports[0].targetPort).toBe('http')
  })

  it('runs as nobody, with nothing that can be written', () => {
    expect(pod.securityContext.runAsNonRoot).toBe(true)
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })
})

describe('the systemd unit', () => {
  const unit = deploy('rtsp-bridge.service')

  it('waits longer than the drain takes by default, and reloads by SIGHUP', () => {
    const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])
    const { noticeMilliseconds, spreadMilliseconds } = DEFAULT_DRAIN
    expect(seconds).toBeGreaterThan((noticeMilliseconds + spreadMilliseconds) / 1000 + STOP_SECONDS)
    expect(unit).toContain('ExecReload=/bin/kill -HUP $MAINPID')
  })
})

describe('the Dockerfile', () => {
  const lines = deploy('Dockerfile').split('\n')

  it('ends as another user than root, with a check of health, and its commands as lists', () => {
    expect(lines.filter((line) => line.startsWith('USER ')).at(-1)).toMatch(/^USER [1-9]\d*:[1-9]\d*$/)
    const commands = lines.filter((line) => /^(HEALTHCHECK|ENTRYPOINT|CMD)\b/.test(line))
    expect(commands).toHaveLength(3)
    for (const line of commands) expect(() => JSON.parse(line.slice(line.indexOf('[')))).not.toThrow()
  })
})
