import 'rtsp-player'

async function ask() {
  const response = await fetch('./ticket')
  const answer = await response.json()
  document.querySelector('#message').textContent = answer.message ?? ''
  if (!response.ok) throw new Error(answer.message)
  return answer
}

/** The players call it when they connect, and again before a ticket is over; the streams that play go on. */
const getTicket = async () => (await ask()).ticket

try {
  const { bridge } = await ask()
  document.querySelector('main').hidden = false
  for (const player of document.querySelectorAll('rtsp-player')) {
    Object.assign(player, { getTicket, bridge, src: player.dataset.camera })
  }
} catch {
  // Nobody is logged in: the message says so.
}
