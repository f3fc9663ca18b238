export { useBlocker, useLocation, useMatch, useNavigate, useParams, useSearchParams } from "./hooks";
export { Link, type LinkProps, NavLink } from "./Link";
export { later, Navigate, type Route, Router, Routes } from "./Router";
