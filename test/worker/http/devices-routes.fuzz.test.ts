// The routes of kiosks, wallets and businesses, with what nobody meant.
import { testRoutes } from './route-cases.ts';

testRoutes('devices');
