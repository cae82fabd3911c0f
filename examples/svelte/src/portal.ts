/** Where pages find the bridge. */
export const BRIDGE: string = import.meta.env.VITE_BRIDGE ?? 'ws://127.0.0.1:8080'

/**
 * The portal knows who is logged in, and what he may watch. The player calls this when it connects, and again before a ticket
 * is over.
 */
export async function getTicket(): Promise<string> {
  const response = await fetch('/ticket')
  if (!response.ok) throw new Error('Log in first.')
  const { ticket } = await response.json()
  return ticket
}
