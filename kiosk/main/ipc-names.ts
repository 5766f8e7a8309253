// The two names that the shell and its preload script share. No other IPC channel exists.

export const callName = 'kiosk:call';
export const eventName = 'kiosk:event';
