# SPDX-License-Identifier: MIT
# bash completion of alloc-tracker

_alloc_tracker()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} words=
    if [ "$COMP_CWORD" -eq 1 ]; then
        words='run show merge compare check update --help --version'
    elif [ "$previous" = --format ]; then
        case $command in
            show) words='text markdown json folded speedscope html bencher github-action-benchmark' ;;
            check) words='text markdown json github bencher github-action-benchmark' ;;
        esac
    elif [ "$previous" = --by ]; then
        words='bytes allocs peak leaks'
    elif [ "$previous" = --allow ]; then
        words='allocs+ bytes+ peak+ leaks+'
    elif [[ $current == -* ]]; then
        case $command in
            run) words='--baseline --output --quiet --help' ;;
            show) words='--sites --by --format --baseline --output --help' ;;
            merge) words='--output --help' ;;
            compare) words='--help' ;;
            check) words='--baseline --allow --strict --format --help' ;;
            update) words='--baseline --tighten --help' ;;
        esac
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o filenames -F _alloc_tracker alloc-tracker
