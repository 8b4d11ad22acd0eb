/** The fleet to practise on: real servers on loopback that play a short clip and can be made to fail. */
export const LOOPBACK = '127.0.0.1';
