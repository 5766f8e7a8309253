// Dates inside workerd: its tables of calendars are its own, and a page made there reads as one made in a browser or a kiosk.
import { expect, it } from 'vitest';
import { formatDate, formatInstant } from '../../../shared/i18n/format.ts';

it('the edge’s own runtime knows the Umm al-Qura calendar', () => {
  expect(formatDate('ar', '2027-11-22')).toBe('٢٢ نوفمبر ٢٠٢٧ (٢٣ جمادى الآخرة ١٤٤٩ هـ)');
  expect(formatDate('ar', '2025-06-26')).toBe('٢٦ يونيو ٢٠٢٥ (١ محرم ١٤٤٧ هـ)');
  expect(formatDate('en', '2027-11-22')).toBe('22 November 2027');
  expect(formatInstant('ar', 0, 'Asia/Riyadh')).not.toContain('هـ');
});
