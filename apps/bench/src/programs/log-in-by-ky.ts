// The same round trips by ky, zod/mini and otplib.
import { coldOrder } from "../cold-order.ts";
import { kyLogin } from "../ky-login.ts";

const { accounts, origin } = coldOrder();
const token = await kyLogin(accounts).nubraByTotp(origin);
console.log(JSON.stringify({ authorization: `Bearer ${token}` }));
process.exit();
