# SPDX-License-Identifier: MIT
"""The words from which the example content of the demo domain is put together."""

from __future__ import annotations

from typing import Final

SITES: Final[tuple[tuple[str, str, str], ...]] = (
    # region, place, code
    ("Europe", "Zürich", "ZRH"),
    ("Europe", "Montpellier", "MPL"),
    ("Europe", "København", "CPH"),
    ("Americas", "Montréal", "YUL"),
    ("Americas", "São Paulo", "GRU"),
    ("Asia Pacific", "Kyoto 京都", "UKY"),
    ("Asia Pacific", "Seoul 서울", "ICN"),
    ("Asia Pacific", "Wellington", "WLG"),
)

DEPARTMENTS: Final = (
    "Accounting", "Architecture", "Audit", "Backup", "Board", "Communications", "Compliance", "Contracts",
    "Controlling", "Design", "Engineering", "Facilities", "Finance", "Human Resources", "Infrastructure",
    "Legal", "Logistics", "Marketing", "Operations", "Procurement", "Production", "Quality", "Research",
    "Sales", "Service Desk", "Treasury",
)  # fmt: skip

ACCESS_LEVELS: Final = (("R", "read"), ("RW", "read and write"), ("FC", "full control"))

APPLICATIONS: Final = {
    "Databases": ("SQL Server", "PostgreSQL", "Oracle", "MongoDB"),
    "Infrastructure": ("Hyper-V", "VMware vCenter", "Veeam Backup", "Zabbix"),
    "Office": ("Exchange", "SharePoint", "Teams", "Power BI"),
    "Finance and ERP": ("SAP", "Navision", "Abacus", "Concur"),
    "Development": ("GitLab", "Jenkins", "Artifactory", "Jira"),
    "Remote access": ("Remote Desktop Gateway", "Citrix", "VPN", "Jump Hosts"),
}
APPLICATION_ROLES: Final = ("Admins", "Operators", "Users", "Readers", "Auditors")
STAGES: Final = ("Production", "Test")

SERVER_KINDS: Final = ("SQL", "WEB", "FILE", "PRINT", "RDS", "APP")
WORKSTATION_ROOMS: Final = 28
LISTS_PER_DEPARTMENT: Final = ("All", "Managers", "Newsletter", "Projects")

GIVEN_NAMES: Final = (
    "Anna", "Jürgen", "Søren", "Chloé", "José", "Łukasz", "Aiko", "Marie-Claire", "Noah", "Zoë",
    "Björn", "Inês", "Óscar", "Mia", "Håkon", "Žofie", "Tomás", "Yuki", "Grace", "Dmitri",
    "Élodie", "Ravi", "Siobhán", "Wei", "Hanna",
)  # fmt: skip
SURNAMES: Final = (
    "Müller", "O'Brien", "García", "Nakamura", "Dubois", "Ångström", "Kowalska", "Silva", "Weiß", "Petrov",
    "Lindqvist", "van der Berg", "Rossi", "Çelik", "Novák", "Tremblay", "Kim", "Schäfer", "Ferreira",
)  # fmt: skip
IDEOGRAPHIC_PEOPLE: Final = (
    ("美咲", "田中", "misaki.tanaka"),
    ("伟", "王", "wei.wang"),
    ("지우", "박", "jiwoo.park"),
)

PRIVILEGED: Final = (
    # prefix, how many, what they are for
    ("_backupoperator", 20, "Runs backups and restores"),
    ("_sqladmin", 10, "Runs the database servers"),
    ("_webadmin", 8, "Runs the web servers"),
    ("_helpdesk", 12, "Works at the service desk"),
)

ROLES: Final = (
    "Change Managers", "Cloud Architects", "Data Stewards", "Field Technicians", "Incident Managers",
    "Network Engineers", "On-call Engineers", "Patch Managers", "Release Managers", "Security Analysts",
    "Storage Engineers", "Virtualisation Engineers",
)  # fmt: skip

STRANGE_GROUPS: Final = (
    # cn, sAMAccountName: what a cn may hold is more than what a logon name may
    ("R&D, Zürich + Basel", "RD-Zuerich-Basel"),
    ("#1 Priority Responders", "#1 Priority Responders"),
    ("<b>Bold</b> Administrators", "Bold Administrators"),
    ("Größenwahn & Söhne", "Größenwahn & Söhne"),
    ("サーバー管理者", "サーバー管理者"),
    ("数据库管理员 (生产)", "数据库管理员 (生产)"),
    ("🚀 Launch Team", "🚀 Launch Team"),
    ('The "Quoted" Group', "The Quoted Group"),
    ("Back\\slash; semi=colon", "Backslash semicolon"),
    (" Leading blank", "Leading blank"),
    ("100 % (really) *", "100 % (really)"),
    ("Long name that shows where a column cuts its text off if it does", "Long name"),
)
