// Who takes part in joint work; the others read it.
import type { User } from "../api";

export const works = (user: User) => ["analyst", "legal", "liaison", "case"].includes(user.role);
