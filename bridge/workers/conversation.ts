import { StartError } from '../start-error.ts'

/** Something that the other process does when it is asked to. One argument and one answer, both plain data. */
export type Task = (argument: never) => Promise<unknown>

/** The tasks of one side, by name. */
export type Tasks<T> = { readonly [Name in keyof T]: Task }

/** Node's channel between a process and one that it started. */
export interface Channel {
  /** Calls back with an error where the other process is gone. */
  send(message: unknown, callback: (error: Error | null) => void): void
  onMessage(listener: (message: unknown) => void): void
}

type Message =
  | { readonly kind: 'question'; readonly id: number; readonly name: string; readonly argument: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string; readonly advice: string | undefined }

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
  readonly timer: ReturnType<typeof setTimeout>
}

/** Questions and answers between two processes, both ways. */
export class Conversation<Theirs extends Tasks<Theirs>> {
  readonly #channel: Channel
  readonly #tasks: Readonly<Record<string, Task>>
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #over: Error | undefined

  /** @param tasks what this side does */
  constructor(channel: Channel, tasks: Readonly<Record<string, Task>>) {
    this.#channel = channel
    this.#tasks = tasks
    channel.onMessage((message) => this.#received(message as Message))
  }

  /**
   * @param timeout milliseconds
   * @throws StartError where that is what the other side threw; Error where it fails, is silent or gone
   */
  ask<Name extends keyof Theirs & string>(
    name: Name,
    argument: Parameters<Theirs[Name]>[0],
    timeout: number,
  ): Promise<Awaited<ReturnType<Theirs[Name]>>> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        reject(this.#over)
        return
      }
      const id = ++this.#lastId
      const fail = (error: Error) => {
        clearTimeout(timer)
        this.#waiting.delete(id)
        reject(error)
      }
      const timer = setTimeout(() => fail(new Error(`the other process did not answer: ${name}`)), timeout)
      this.#waiting.set(id, {
        resolve: (answer) => {
          clearTimeout(timer)
          // It runs the same code.
          resolve(answer as Awaited<ReturnType<Theirs[Name]>>)
        },
        reject: fail,
        timer,
      })
      this.#send({ kind: 'question', id, name, argument }, fail)
    })
  }

  /** The other process is gone: what waits for it fails. */
  end(error: Error): void {
    this.#over ??= error
    for (const { reject } of [...this.#waiting.values()]) reject(error)
  }

  #received(message: Message): void {
    switch (message.kind) {
      case 'question':
        void this.#answer(message.id, message.name, message.argument)
        return
      case 'answer':
        this.#take(message.id)?.resolve(message.answer)
        return
      case 'failure': {
        const { advice } = message
        const error = advice === undefined ? new Error(message.message) : new StartError(message.message, advice)
        this.#take(message.id)?.reject(error)
      }
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    return waiting
  }

  async #answer(id: number, name: string, argument: unknown): Promise<void> {
    try {
      const answer = await this.#tasks[name]?.(argument as never)
      this.#send({ kind: 'answer', id, answer })
    } catch (error) {
      const { message } = error instanceof Error ? error : new Error(String(error))
      this.#send({ kind: 'failure', id, message, advice: error instanceof StartError ? error.advice : undefined })
    }
  }

  #send(message: Message, failed: (error: Error) => void = () => undefined): void {
    try {
      this.#channel.send(message, (error) => {
        if (error) failed(error)
      })
    } catch (error) {
      failed(error as Error)
    }
  }
}
