export type TrackKind = 'video' | 'audio'
