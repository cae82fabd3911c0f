import 'rtsp-player'

const players = document.querySelectorAll('rtsp-player')

/** Asks for a ticket, and for the next when half its time is over; the streams that play go on. */
async function renew() {
  const response = await fetch('./ticket')
  const { ticket, seconds, bridge, message } = await response.json()
  document.querySelector('#message').textContent = message ?? ''
  // Without another the bridge ends the streams when the last one is over.
  if (!response.ok) return
  document.querySelector('main').hidden = false
  for (const player of players) {
    Object.assign(player, { ticket, bridge })
    player.src = player.dataset.camera
  }
  setTimeout(() => renew().catch(again), seconds * 500)
}

/** The portal may be restarting. */
const again = () => setTimeout(() => renew().catch(again), 5_000)

renew().catch(again)
