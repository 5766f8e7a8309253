// Words of a verdict and of the scanner, used by both houses' screens.
import { formatAge, formatNumber } from '../format.ts';

export const outcomes = {
  accepted: { title: 'Genuine and valid', short: 'Accepted' },
  copy: { title: 'Genuine copy: compare the face', short: 'Accepted, if it is the same person' },
  rejected: { title: 'Do not accept this code', short: 'Rejected' },
  undecided: { title: 'This cannot be decided here', short: 'Undecided' },
};

export const verdict = {
  profiles: {
    S: 'Copy: compare the face',
    D: 'Live code from the holder’s phone',
    C: 'Live code, answered to your question',
    A: 'Age pass',
  },
  copyWarning:
    'A printed or saved code can be passed on. Accept it only if the person before you is the person in the picture.',
  faceOf: 'The holder’s picture',
  noFace: 'There is no picture in this code',
  faceNotShown: 'This device cannot show the picture in this code',
  copyUnseen:
    'A printed or saved code can be passed on, and here is no face to compare. Ask for a live code or a document with a photo.',
  claims: {
    name: 'Name',
    nameLatin: 'Name in Latin letters',
    nameArabic: 'Name in Arabic',
    number: 'Unified number',
    birthDate: 'Date of birth',
    sex: 'Sex',
    nationality: 'Nationality',
    ageAtLeast: 'Age',
    documentUntil: 'Document valid until',
  },
  sexes: { male: 'Male', female: 'Female', other: 'Other' },
  years: (years: string) => `${years} or older`,
  noClaims: 'Nothing about the holder is shown to you for this question.',
  checkedAt: (time: string) => `Checked ${time}`,
  lists: {
    trust: 'List of issuers',
    status: 'List of revocations',
    /** Since it was signed, wherever it is shown: that is what a verdict judges. When it was fetched is another thing. */
    age: (seconds: number) => `updated ${formatAge('en', seconds)}`,
    never: 'never received',
    heading: 'What this was checked against',
    version: (version: number) => `version ${formatNumber('en', version)}`,
  },
  border: 'Not valid for crossing a border.',
};

export const scanner = {
  heading: 'Show the code to the camera',
  starting: 'Starting the camera',
  looking: 'Looking for a code',
  hold: 'Hold the code flat and fill the frame. Raise the brightness of a phone.',
  camera: 'Camera',
  start: 'Scan with the camera',
  stop: 'Stop the camera',
  chooseImage: 'Choose a picture of the code',
  paste: 'Paste or type the text',
  pasteLabel: 'Text of the code',
  pasteHint: 'As another reader gave it, with every character.',
  checkText: 'Check this text',
  imageWithoutCode: {
    what: 'No QR code was found in this picture',
    next: 'Take the picture again: the whole code, sharp, without glare.',
  },
  imageUnreadable: {
    what: 'This file is not a picture that can be read here',
    next: 'Choose a PNG, JPEG or WebP file.',
  },
  noText: { what: 'There is no text to check', next: 'Paste the text of the code into the field.' },
  denied: {
    what: 'This page may not use the camera',
    next: 'Allow the camera in the browser’s settings for this site, or choose a picture of the code.',
  },
  noCamera: {
    what: 'There is no camera on this device',
    next: 'Connect one, choose a picture of the code, or paste its text.',
  },
  cameraBusy: {
    what: 'Another program is using the camera',
    next: 'Close it and try again, or choose a picture of the code.',
  },
  cameraFailed: {
    what: 'The camera stopped working',
    next: 'Try again, choose a picture of the code, or paste its text.',
  },
  decoderFailed: {
    what: 'The code reader could not be loaded',
    next: 'Connect once to the network and load the page again. Pasting the text works without it.',
  },
};
