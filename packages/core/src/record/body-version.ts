/** The form of the stored body: the only one that this program writes or reads. */
export const bodyVersion = 2;
