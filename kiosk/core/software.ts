// What this kiosk calls itself to the edge and on its status screen.
export const software = 'tawthiq-kiosk/0.1.0';
